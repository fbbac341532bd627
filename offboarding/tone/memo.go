package tone

import (
	"encoding/binary"

	"opendoor/offboarding/tone/internal/phrase"
)

// appendKey adds all of a sentence that frames and the classifier look at.
func appendKey(key []byte, s *phrase.Sentence) []byte {
	for i := range s.Tokens {
		t := &s.Tokens[i]
		key = append(key, t.Norm...)
		var flags byte
		for bit, on := range [...]bool{t.Upper, t.Caps, t.Number, t.Comma, t.Quoted, t.Name} {
			if on {
				flags |= 1 << bit
			}
		}
		key = append(key, 0, flags)
	}
	return binary.LittleEndian.AppendUint32(key, uint32(s.End))
}
