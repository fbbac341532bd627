package config

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Telegram is the bot that speaks for us; with an empty token there is none.
type Telegram struct {
	Token Secret
	API   *url.URL // nil: Telegram itself
}

// A token as BotFather gives it: the bot's number, a colon, and the secret.
var botToken = regexp.MustCompile(`^[0-9]{5,20}:[A-Za-z0-9_-]{30,100}$`)

func parseBotToken(value string) (Secret, error) {
	if !botToken.MatchString(value) {
		return "", errors.New("the token that BotFather gives, such as 123456789:AAF… with 35 signs behind the colon")
	}
	return Secret(value), nil
}

func parseAPIURL(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("http:// or https:// and a host, such as https://bot-api.example.com")
	}
	return u, nil
}

// SMS is the provider of text messages; with an empty Provider there is none.
type SMS struct {
	Provider string   // smsc or smsru
	Base     *url.URL // where its API answers
	Login    string   // of SMSC.ru
	Secret   Secret   // password of SMSC.ru, api_id of SMS.ru
	From     string   // sender's name; empty: the provider's
	Answers  bool     // SMSC.ru: messages can be answered, and the answers are asked for
}

func parseSMS(value string) (SMS, error) {
	want := errors.New("smsc://login:password@smsc.ru or smsru://api_id@sms.ru, with ?sender=NAME if need be, and for SMSC.ru &answers=on; special characters percent-encoded")
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User == nil || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return SMS{}, want
	}
	provider, plain := strings.CutSuffix(u.Scheme, "+http") // a simulator or a relay in the own network
	s := SMS{Provider: provider, Base: &url.URL{Scheme: "https", Host: u.Host}}
	if plain {
		s.Base.Scheme = "http"
	}
	password, has := u.User.Password()
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return SMS{}, want
	}
	s.From = query.Get("sender")
	answers := query.Get("answers")
	s.Answers = answers == "on"
	query.Del("sender")
	query.Del("answers")
	switch {
	case len(query) > 0 || answers != "" && answers != "on" && answers != "off":
		return SMS{}, want
	case provider == "smsc" && u.User.Username() != "" && password != "":
		s.Login, s.Secret = u.User.Username(), Secret(password)
	case provider == "smsru" && u.User.Username() != "" && !has && !s.Answers:
		s.Secret = Secret(u.User.Username())
	default:
		return SMS{}, want
	}
	return s, nil
}

// maskSMS hides the login of a provider: SMS.ru's is the secret itself.
func maskSMS(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User == nil || u.Fragment != "" || strings.Contains(u.Path+u.RawQuery, "@") {
		return mask
	}
	return u.Scheme + "://" + mask + "@" + u.Host
}
