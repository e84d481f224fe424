package main

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/golang-jwt/jwt"
)

// callerClaims are those of the sample call.
type callerClaims struct {
	Subject   string          `json:"sub"`
	Audience  string          `json:"aud"`
	Address   string          `json:"ip"`
	UserAgent string          `json:"useragent"`
	Personal  json.RawMessage `json:"personal"`
}

type sessionClaims struct {
	ID        string `json:"jid"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	ExpiresAt int64  `json:"exp"`
	Issuer    string `json:"iss"`
}

func (sessionClaims) Valid() error { return nil }

type authClaims struct {
	sessionClaims
	*callerClaims
}

type refreshClaims struct {
	Type string `json:"type"`
	sessionClaims
}

type tokenPair struct {
	KeyID        string  `json:"key_id"`
	PublicKey    *string `json:"public_key"`
	AuthToken    string  `json:"auth_token"`
	RefreshToken string  `json:"refresh_token"`
}

type tokenSigner struct {
	method    jwt.SigningMethod
	key       interface{}
	keyID     string
	publicKey *string
}

// newSigner reads the key that the environment names: PEM, or for HS256 the secret itself.
func newSigner() tokenSigner {
	algorithm := os.Getenv("PEER_ALGORITHM")
	text, err := os.ReadFile(os.Getenv("PEER_KEY"))
	var key interface{}
	switch {
	case err != nil:
	case algorithm == "HS256":
		key = text
	case algorithm == "ES256":
		key, err = jwt.ParseECPrivateKeyFromPEM(text)
	case algorithm == "EdDSA":
		key, err = jwt.ParseEdPrivateKeyFromPEM(text)
	default:
		key, err = jwt.ParseRSAPrivateKeyFromPEM(text)
	}
	if err != nil {
		log.Fatal(err)
	}
	signer := tokenSigner{jwt.GetSigningMethod(algorithm), key, os.Getenv("PEER_KEY_ID"), nil}
	if publicKey := os.Getenv("PEER_PUBLIC_KEY"); publicKey != "" {
		signer.publicKey = &publicKey
	}
	return signer
}

// pair signs an auth and a refresh token of a new session, which is in the store first, if there is one.
func (signer *tokenSigner) pair(caller *callerClaims, store *sessionStore) (*tokenPair, error) {
	now := time.Now().Unix()
	session := sessionClaims{randomID(), now, now, now + 3600, "bench"}
	if store != nil {
		if err := store.add(session.ID, now+7200, caller); err != nil {
			return nil, err
		}
	}
	auth, err := signer.sign(authClaims{session, caller})
	if err != nil {
		return nil, err
	}
	session.ExpiresAt = now + 7200
	refresh, err := signer.sign(refreshClaims{"refresh", session})
	return &tokenPair{signer.keyID, signer.publicKey, auth, refresh}, err
}

func (signer *tokenSigner) sign(claims jwt.Claims) (string, error) {
	token := jwt.NewWithClaims(signer.method, claims)
	token.Header["kid"] = signer.keyID
	return token.SignedString(signer.key)
}

// randomID is 128 random bits in 26 characters.
func randomID() string {
	var bits [16]byte
	rand.Read(bits[:])
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bits[:])
}
