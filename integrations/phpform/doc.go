// Package phpform reads the forms that PHP programs send: nested arrays spelled
// as a[b][0]=c. The standard library drops a pair with a raw ";" or a bad "%"
// and knows no nesting; a lost pair may be a lost client, so here nothing is
// refused but what is too big.
package phpform
