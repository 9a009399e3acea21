package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// mix is the finaliser of splitmix64: close inputs give unrelated outputs. All
// made-up facts are drawn with it, so that any one of them can be computed
// without the others.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// draw is the made-up number of one fact (salt) of one thing (i).
func draw(seed uint64, i int, salt uint64) uint64 {
	return mix(seed ^ mix(uint64(i)^mix(salt)))
}

// guidOf formats 16 bytes drawn from two numbers as a version 4 GUID.
func guidOf(a, b uint64) string {
	var raw [16]byte
	for i := range 8 {
		raw[i], raw[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return formatGUID(raw)
}

func formatGUID(raw [16]byte) string {
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], raw[0:4])
	hex.Encode(text[9:13], raw[4:6])
	hex.Encode(text[14:18], raw[6:8])
	hex.Encode(text[19:23], raw[8:10])
	hex.Encode(text[24:36], raw[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// freshGUID is a random one, for requests and traces.
func freshGUID() string {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		panic(err) // crypto/rand never fails
	}
	return formatGUID(raw)
}

// isGUID reports whether text has the form of a GUID.
func isGUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return false
			}
		}
	}
	return true
}

// secretValue looks like a client secret of Entra: 40 characters with "8Q~" in it.
func secretValue(a, b, c, d uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
	out := make([]byte, 0, 40)
	for k, n := range []uint64{a, b, c, d} {
		for range 9 {
			out = append(out, letters[n%uint64(len(letters))])
			n /= uint64(len(letters))
		}
		if k == 0 {
			out = append(out[:3], append([]byte("8Q~"), out[3:]...)...)
		}
	}
	return string(out[:39]) + fmt.Sprint(d%10)
}
