package offboarding

import "time"

// Provenance is by whom and when a file came to us.
type Provenance struct {
	From Actor     `json:"from"`
	At   time.Time `json:"at"`
}

// The names of act/…: what stands beside the act once it is accepted.
const (
	SignedProtocol = "protocol"
	SignedScan     = "scan"
	SignedDetached = "signature"
	SignedDocument = "document"
)

// SignedPaper is a file that stands beside the act, with what it is in plain words.
type SignedPaper struct {
	Kind string
	File *ItemFile
	Came *Provenance // nil: we made it ourselves, or an earlier version did not write it down
}

// SignedPapers lists what stands beside the act. None of it is part of the
// package, which stays as it was delivered.
func (h *Handover) SignedPapers() []SignedPaper {
	var out []SignedPaper
	add := func(kind string, f *ItemFile, came *Provenance) {
		if f != nil {
			out = append(out, SignedPaper{kind, f, came})
		}
	}
	add(SignedDocument, h.Act, nil)
	if h.Acceptance != nil {
		add(SignedProtocol, h.Acceptance.Signed, nil)
	}
	add(SignedScan, h.Scan, h.ScanCame)
	add(SignedDetached, h.Detached, h.DetachedCame)
	return out
}

// Label says what the file is. What people upload is kept and not judged by us.
func (p SignedPaper) Label(l Lang) string {
	say := func(ru, en string) string { return pick(l.Or(RU), ru, en) }
	switch p.Kind {
	case SignedProtocol:
		return say("Акт с протоколом простой электронной подписи (ПЭП)", "Act with the protocol of its simple electronic signature")
	case SignedScan:
		return say("Скан подписанного акта; хранится в том виде, в котором загружен", "Scan of the signed act; kept as it was uploaded")
	case SignedDetached:
		return say("Отсоединённая электронная подпись акта; хранится в том виде, в котором загружена, подлинность мы не проверяли", "Detached electronic signature of the act; stored as it was uploaded, not verified by us")
	}
	return say("Акт, к которому относится подпись", "The act that the signature is of")
}
