// Package documents makes papers that look like papers: A4, Cyrillic, tables
// that break over pages, totals in words, signatures, page numbers. Values in,
// PDF out; the same values give the same bytes.
//
// Read paper.go (what a paper is made of), then draw.go and table.go (how it
// is set), and words.go (numbers in words).
package documents
