package spool

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"opendoor/offboarding"
)

// A record is one batch:
//
//	length of payload   uint32, little endian
//	deliveries          uint32
//	checksum            CRC-32C over all else
//	payload             sealed gob of []offboarding.Delivery
const headBytes = 12

// recordMost is far above any batch; a longer length is a torn or broken tail.
const recordMost = 1 << 30

// sealedFor binds a record to the spool. It names no folder, since folders are
// taken over by other processes.
const sealedFor = "spool.record"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errTorn says that a record is cut off or broken: the process or the machine
// died while it was written, before anybody was told that it is kept.
var errTorn = errors.New("torn record")

type record struct {
	payload []byte
	count   int
	size    int64 // on disk
}

func (s *Spool) encode(batch []*offboarding.Delivery) ([]byte, error) {
	values := make([]offboarding.Delivery, len(batch))
	for i, d := range batch {
		values[i] = *d
	}
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(values); err != nil {
		return nil, fmt.Errorf("encode deliveries: %w", err)
	}
	payload, err := s.secrets.Seal(plain.Bytes(), sealedFor)
	if err != nil {
		return nil, err
	}
	out := make([]byte, headBytes, headBytes+len(payload))
	binary.LittleEndian.PutUint32(out[0:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(out[4:], uint32(len(batch)))
	out = append(out, payload...)
	binary.LittleEndian.PutUint32(out[8:], checksum(out))
	return out, nil
}

func (s *Spool) decode(payload []byte) ([]*offboarding.Delivery, error) {
	plain, err := s.secrets.Open(payload, sealedFor)
	if err != nil {
		return nil, err
	}
	var values []offboarding.Delivery
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&values); err != nil {
		return nil, fmt.Errorf("decode deliveries: %w", err)
	}
	out := make([]*offboarding.Delivery, len(values))
	for i := range values {
		out[i] = &values[i]
	}
	return out, nil
}

// checksum covers the record without the checksum itself.
func checksum(rec []byte) uint32 {
	return crc32.Update(crc32.Checksum(rec[:8], castagnoli), castagnoli, rec[headBytes:])
}

// readRecord reads the next record, io.EOF at the end, errTorn when the rest
// cannot be a record.
func readRecord(r io.Reader) (record, error) {
	head := make([]byte, headBytes)
	if _, err := io.ReadFull(r, head); err != nil {
		return record{}, torn(err)
	}
	length := binary.LittleEndian.Uint32(head)
	if length > recordMost {
		return record{}, errTorn
	}
	// Grown as it is read: a broken length must not cost a gigabyte.
	var body bytes.Buffer
	body.Write(head)
	if n, err := io.CopyN(&body, r, int64(length)); err != nil {
		if n < int64(length) && errors.Is(err, io.EOF) {
			return record{}, errTorn
		}
		return record{}, err
	}
	rec := body.Bytes()
	if checksum(rec) != binary.LittleEndian.Uint32(rec[8:]) {
		return record{}, errTorn
	}
	return record{payload: rec[headBytes:], count: int(binary.LittleEndian.Uint32(rec[4:])), size: int64(len(rec))}, nil
}

func torn(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	return err
}
