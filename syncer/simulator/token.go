package simulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// claims are those of an app-only access token of version 1.0, which is what
// all the resources get.
type claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	Opaque    string   `json:"aio"`
	AppName   string   `json:"app_displayname"`
	AppID     string   `json:"appid"`
	AppAuth   string   `json:"appidacr"`
	Provider  string   `json:"idp"`
	Type      string   `json:"idtyp"`
	ObjectID  string   `json:"oid"`
	Roles     []string `json:"roles,omitempty"` // left out when nothing is consented to
	Subject   string   `json:"sub"`
	Region    string   `json:"tenant_region_scope"`
	TenantID  string   `json:"tid"`
	ID        string   `json:"uti"`
	Version   string   `json:"ver"`
	RoleIDs   []string `json:"wids"`
	Handles   []string `json:"xms_cc,omitempty"` // "CP1": the client handles claims challenges
}

func (c claims) handlesChallenges() bool { return slices.Contains(c.Handles, "CP1") }

// keyID names a public key the way Entra does: unpadded base64url of a digest.
func keyID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// sign makes a JWT of the claims.
func (s *Server) sign(c claims) (string, error) {
	header := fmt.Sprintf(`{"typ":"JWT","alg":"RS256","x5t":%q,"kid":%q}`, s.keyID, s.keyID)
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.signing, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Why a token is refused.
var (
	errUnreadableToken = errors.New("the token could not be read")
	errBadSignature    = errors.New("the signature is not ours")
	errExpiredToken    = errors.New("the token is expired")
	errEarlyToken      = errors.New("the token is not yet valid")
)

// clockSkew is how far a client's and Microsoft's clocks may differ.
const clockSkew = 5 * time.Minute

// verify reads a JWT that sign made and checks its signature and life. It does
// not judge the audience.
func (s *Server) verify(token string) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errUnreadableToken
	}
	var header struct{ Alg, Kid string }
	if err := decodeSegment(parts[0], &header); err != nil {
		return c, errUnreadableToken
	}
	if err := decodeSegment(parts[1], &c); err != nil {
		return c, errUnreadableToken
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return c, errUnreadableToken
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if header.Alg != "RS256" || header.Kid != s.keyID ||
		rsa.VerifyPKCS1v15(&s.signing.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return c, errBadSignature
	}
	now := s.now()
	if !now.Before(time.Unix(c.Expires, 0)) {
		return c, errExpiredToken
	}
	if now.Add(clockSkew).Before(time.Unix(c.NotBefore, 0)) {
		return c, errEarlyToken
	}
	return c, nil
}

func decodeSegment(segment string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
