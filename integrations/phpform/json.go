package phpform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// FromJSON reads the same tree from JSON, as forwarders send it: lists or
// objects with numeric keys, numbers or strings, and whole keys with brackets
// at the top. As in PHP's forms null and empty lists are absent, true is 1 and
// false is 0.
func FromJSON(body []byte) (*Node, Dropped, error) {
	if len(body) > MaxBody {
		return nil, Dropped{}, ErrTooLarge
	}
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(body))}
	r.dec.UseNumber()
	root := &Node{isMap: true}
	token, err := r.dec.Token()
	if err != nil {
		return nil, Dropped{}, fmt.Errorf("read json: %w", err)
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil, Dropped{}, fmt.Errorf("read json: want an object or a list, got %T", token)
	}
	if err := r.inside(root, open, 1); err != nil {
		return nil, Dropped{}, fmt.Errorf("read json: %w", err)
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return nil, Dropped{}, fmt.Errorf("read json: something follows the value")
	}
	return root, r.dropped, nil
}

type jsonReader struct {
	dec     *json.Decoder
	pairs   int
	dropped Dropped
}

// inside reads the members of an object or list whose bracket was just read.
func (r *jsonReader) inside(n *Node, open json.Delim, depth int) error {
	for i := 0; r.dec.More(); i++ {
		key := strconv.Itoa(i)
		if open == '{' {
			token, err := r.dec.Token()
			if err != nil {
				return err
			}
			key = clean(token.(string)) // the decoder itself insists on it
		}
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		if err := r.member(n, key, token, depth); err != nil {
			return err
		}
	}
	_, err := r.dec.Token() // the closing bracket
	return err
}

func (r *jsonReader) member(n *Node, key string, token json.Token, depth int) error {
	if open, ok := token.(json.Delim); ok {
		switch {
		case depth >= MaxDepth:
			r.dropped.Deep++
			return r.skip()
		case len(key) > MaxKey:
			r.dropped.LongKey++
			return r.skip()
		}
		child := n.at(key)
		child.set("")
		child.isMap = true
		if err := r.inside(child, open, depth+1); err != nil {
			return err
		}
		if child.Len() == 0 {
			n.drop(key)
		}
		return nil
	}
	if token == nil {
		return nil
	}
	if r.pairs++; r.pairs > MaxPairs {
		r.dropped.Pairs++
		return nil
	}
	if len(key) > MaxKey {
		r.dropped.LongKey++
		return nil
	}
	text := scalar(token)
	if depth == 1 {
		put(n, key, text, &r.dropped)
		return nil
	}
	n.at(key).set(text)
	return nil
}

// skip reads to the end of the object or list whose bracket was just read.
func (r *jsonReader) skip() error {
	for open := 1; open > 0; {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
	return nil
}

func scalar(token json.Token) string {
	switch v := token.(type) {
	case string:
		return clean(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "1"
		}
	}
	return "0"
}
