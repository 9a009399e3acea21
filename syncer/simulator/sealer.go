package simulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// linkKind tells tokens of next links from those of delta links.
type linkKind int

const (
	pageToken linkKind = iota
	deltaToken
	downloadToken
	feedToken
)

// linkLife is how long a link works. Delta links of directory objects live
// seven days, links to usage reports "a few minutes"; for page tokens Microsoft
// names no time.
var linkLife = map[linkKind]time.Duration{
	pageToken: 8 * time.Hour, deltaToken: 7 * 24 * time.Hour, downloadToken: 5 * time.Minute, feedToken: 8 * time.Hour,
}

var (
	errForeignLink = errors.New("the token was not made here")
	errExpiredLink = errors.New("the token has expired")
)

// tokenSealer makes the opaque tokens of links: they carry the query and the
// position, and no client can read or change them.
type tokenSealer struct {
	aead   cipher.AEAD
	epochs *[4]atomic.Int64
}

// sealed is what a token carries.
type sealed struct {
	Kind    linkKind
	Epoch   int64
	At      int64 // Unix seconds
	Path    string
	Options []option `json:"-"`
	Pairs   [][2]string
	// Position is where the list goes on: a place in the set, or in an ordered
	// list the place of the last row with its key.
	Position int
	Fresh    int // of logs: which of the fresh events after the position
	Key      string
	Ordered  bool
	// Of delta links: changes after Since, up to Until on the pages of a round.
	Since, Until uint64
	Round        bool // pages of changes, not of the first full round
}

func newTokenSealer() (tokenSealer, error) {
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return tokenSealer{}, fmt.Errorf("making a key for page tokens: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return tokenSealer{}, fmt.Errorf("making a key for page tokens: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return tokenSealer{}, fmt.Errorf("making a key for page tokens: %w", err)
	}
	return tokenSealer{aead: aead, epochs: new([4]atomic.Int64)}, nil
}

// expire makes all tokens of a kind that were made so far fail as expired.
func (t tokenSealer) expire(kind linkKind) { t.epochs[kind].Add(1) }

func (t tokenSealer) seal(s sealed, now time.Time) string {
	s.Epoch, s.At = t.epochs[s.Kind].Load(), now.Unix()
	for _, o := range s.Options {
		s.Pairs = append(s.Pairs, [2]string{o.name, o.value})
	}
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain fields only
	}
	return base64.RawURLEncoding.EncodeToString(t.aead.Seal(nil, nil, raw, nil))
}

func (t tokenSealer) open(token string, kind linkKind, now time.Time) (sealed, error) {
	var s sealed
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return s, errForeignLink
	}
	plain, err := t.aead.Open(nil, nil, raw, nil)
	if err != nil || json.Unmarshal(plain, &s) != nil || s.Kind != kind {
		return s, errForeignLink
	}
	for _, pair := range s.Pairs {
		s.Options = append(s.Options, option{pair[0], pair[1]})
	}
	if s.Epoch != t.epochs[kind].Load() || now.Sub(time.Unix(s.At, 0)) > linkLife[kind] {
		return s, errExpiredLink
	}
	return s, nil
}
