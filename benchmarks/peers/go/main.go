// Go's net/http, or fasthttp, and golang-jwt, with or without SQLite; see benchmarks/README.md.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/valyala/fasthttp"
)

var signer = newSigner()
var appKey = sha256.Sum256([]byte(os.Getenv("PEER_APP_KEY")))

// store is nil where nothing is stored.
var store *sessionStore

func main() {
	address := "127.0.0.1:" + os.Getenv("PEER_PORT")
	if os.Args[1] == "sqlite" {
		store = newStore()
	}
	if os.Args[1] != "net/http" {
		server := fasthttp.Server{Handler: fastSign}
		log.Fatal(server.ListenAndServe(address))
	}
	http.HandleFunc("/sign", sign)
	log.Fatal(http.ListenAndServe(address, nil))
}

func sign(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	status, answer := answer([]byte(request.Header.Get("Authorization")), body)
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	response.Write(answer)
}

func fastSign(context *fasthttp.RequestCtx) {
	status, answer := answer(context.Request.Header.Peek("Authorization"), context.PostBody())
	context.SetContentType("application/json")
	context.SetStatusCode(status)
	context.SetBody(answer)
}

// answer checks the app key and signs a pair of tokens with the claims of body.
func answer(authorization, body []byte) (int, []byte) {
	given := sha256.Sum256(authorization)
	if subtle.ConstantTimeCompare(given[:], appKey[:]) != 1 {
		return 401, nil
	}
	var claims callerClaims
	if json.Unmarshal(body, &claims) != nil {
		return 400, nil
	}
	pair, err := signer.pair(&claims, store)
	if err != nil {
		return 500, nil
	}
	answer, err := json.Marshal(pair)
	if err != nil {
		return 500, nil
	}
	return 200, answer
}
