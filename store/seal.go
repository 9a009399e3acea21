package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// masterKey is the key from which all others are derived.
type masterKey struct {
	bytes []byte // keyLength bytes
	aead  cipher.AEAD
}

const (
	keyLength   = 32
	keyIDLength = 8
)

func newMasterKey(key []byte) (masterKey, error) {
	k := masterKey{bytes: key}
	block, err := aes.NewCipher(k.derive("credentials", keyLength))
	if err != nil {
		return masterKey{}, fmt.Errorf("prepare the master key: %w", err)
	}
	if k.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return masterKey{}, fmt.Errorf("prepare the master key: %w", err)
	}
	return k, nil
}

// derive returns n bytes that are always the same for a purpose and tell
// nothing about the key or about those of another purpose.
func (k masterKey) derive(purpose string, n int) []byte {
	b, err := hkdf.Key(sha256.New, k.bytes, nil, "securatlas "+purpose, n)
	if err != nil { // only for more than 8160 bytes
		panic(err)
	}
	return b
}

// rawID tells keys apart without telling anything else about them.
func (k masterKey) rawID() []byte { return k.derive("key id", keyIDLength) }

// id is rawID for people.
func (k masterKey) id() string { return hex.EncodeToString(k.rawID()) }

// seal encrypts a value: key id, nonce and ciphertext. It opens only with the
// same binding, so that a sealed value copied elsewhere is worthless.
func (k masterKey) seal(plain, binding string) []byte {
	return k.aead.Seal(k.rawID(), nil, []byte(plain), []byte(binding))
}

// unseal is the inverse of seal.
func (k masterKey) unseal(sealed []byte, binding string) (string, error) {
	if len(sealed) < keyIDLength {
		return "", errors.New("the sealed value is cut short")
	}
	id, sealed := sealed[:keyIDLength], sealed[keyIDLength:]
	if !bytes.Equal(id, k.rawID()) {
		return "", fmt.Errorf("sealed with the master key %x, but this is %s", id, k.id())
	}
	plain, err := k.aead.Open(nil, nil, sealed, []byte(binding))
	if err != nil {
		return "", errors.New("the sealed value was changed, or belongs elsewhere")
	}
	return string(plain), nil
}

// DeriveKey returns n bytes, at most 8160, derived from the master key: the
// same for the same purpose until the master key is another.
func (s *Store) DeriveKey(purpose string, n int) []byte {
	// "use" keeps callers' purposes apart from the store's own.
	return s.key.derive("use "+purpose, n)
}
