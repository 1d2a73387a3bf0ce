// Command go-server is a shop whose browser and whose server track the same person: what is viewed and who signs up is told by the page, what
// is paid by the server, because a page may be closed before the payment is through.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/throughline/throughline/identity"
)

const token = "demo"

//go:embed index.html
var page []byte

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "where the shop listens")
	collector := flag.String("collector", "http://127.0.0.1:8080", "where the collector is")
	flag.Parse()
	target, err := url.Parse(*collector)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("the shop: http://%s", *addr)
	server := &http.Server{Addr: *addr, Handler: shop(target), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// shop returns the site. Below /t/ is the collector, so that everything comes from the site's own domain.
func shop(collector *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	mux.HandleFunc("POST /pay", func(w http.ResponseWriter, r *http.Request) {
		// A real shop takes the account from its session.
		account := r.FormValue("account")
		if err := track(collector.String(), account, "Order Paid", `{"price": 12}`); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(collector)
		r.SetXForwarded()
	}}
	mux.Handle("/t/", http.StripPrefix("/t", proxy))
	return mux
}

// track sends an event of an account. The account's id is the alias that the page made at sign-up, so the collector finds the person by it.
func track(collector, account, event, properties string) error {
	if !identity.IsValidID(account) {
		return fmt.Errorf("%q is no id of an account", account)
	}
	// The very rules of the page make the event: its form, what is reserved, and the id that a second delivery is recognised by.
	visitor := identity.NewVisitor(identity.Config{Token: token}, &identity.Record{DistinctID: account, UserID: account})
	outcome := visitor.Track(identity.Call{TimeMS: time.Now().UnixMilli(), InsertID: uuid.NewString()}, identity.String(event), identity.Value(properties))
	for _, warning := range outcome.Warnings {
		log.Printf("%s: %s %s", warning.Code, warning.What, warning.Mend)
	}
	if len(outcome.Messages) == 0 {
		return errors.New("the event was refused")
	}
	body := url.Values{"data": {outcome.Messages[0].JSON()}}.Encode()
	answer, err := http.Post(collector+"/track/?verbose=1", "application/x-www-form-urlencoded", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1_000))
		return fmt.Errorf("the collector answers %s: %s", answer.Status, text)
	}
	return nil
}
