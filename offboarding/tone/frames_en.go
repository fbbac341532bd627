package tone

var framesEN = map[Rule]string{
	Guilt: `
		after all ..1 (=we|=we've)
		how could =you`,
	Threat:  `=you'll ..2 (regret|sorry)`,
	Hostage: `@papers & @give & (after|when|once|until|if) ..4!(@papers|@give) @pay`,
}
