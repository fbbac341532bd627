package tone

var wordsEN = map[string]string{
	"you":    "=you =your =yours =you'll =you've =you're =you'd",
	"we":     "=we =us =our =ours =we'll =we've =we're =we'd =i =me =my =i'll =i've =i'm",
	"neg":    "=not =no =never =don't =won't =can't",
	"papers": "document paper file folder archive record password login access",
	"give":   "release return give hand send get",
	"pay":    "pay paid payment invoice balance debt settle",
}
