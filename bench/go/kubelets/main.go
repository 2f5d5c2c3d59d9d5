// Serves the kubelets of a fleet, each on its own loopback address. Like real kubelets it uses Go's net/http and TLS, a certificate
// for each node, and verified client certificates; it checks no permissions. Prints its ports, and exits at the end of stdin.
//
// Usage: kubelets CA.crt CA.key NODES
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	nodes, err := strconv.Atoi(os.Args[3])
	check(err)
	authority, pool := readAuthority(os.Args[1], os.Args[2])
	certificates := issue(authority, nodes)
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	check(err)
	// Only the kernel accepts connections to this port; nothing reads from them.
	silent, err := net.Listen("tcp", "0.0.0.0:0")
	check(err)
	defer silent.Close()
	server := &http.Server{
		Handler:  http.HandlerFunc(serve),
		ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{
			ClientCAs:  pool,
			ClientAuth: tls.RequestClientCert | tls.VerifyClientCertIfGiven,
			GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				return &certificates[numberOf(hello.Conn.LocalAddr().String())-1], nil
			},
		},
	}
	go func() { check(server.ServeTLS(listener, "", "")) }()
	broken, err := net.Listen("tcp", "0.0.0.0:0")
	check(err)
	breaking := &http.Server{Handler: http.HandlerFunc(fail), ErrorLog: server.ErrorLog, TLSConfig: server.TLSConfig.Clone()}
	go func() { check(breaking.ServeTLS(broken, "", "")) }()
	check(json.NewEncoder(os.Stdout).Encode(map[string]int{"port": port(listener), "silent": port(silent), "broken": port(broken)}))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func port(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }

// host returns the address of a node, from 127.10.0.1 on, as in test/sandbox/fleet.ts.
func host(number int) string {
	return fmt.Sprintf("127.10.%d.%d", (number-1)/250, (number-1)%250+1)
}

func numberOf(address string) int {
	var third, fourth int
	fmt.Sscanf(address, "127.10.%d.%d", &third, &fourth)
	return third*250 + fourth
}

func readAuthority(certFile, keyFile string) (tls.Certificate, *x509.CertPool) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	check(err)
	pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0])
	check(err)
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	return pair, pool
}

// issue makes a certificate for each node, all with one key.
func issue(authority tls.Certificate, nodes int) []tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	certificates := make([]tls.Certificate, nodes)
	for index := range certificates {
		name := fmt.Sprintf("node-%04d", index+1)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(index + 1)),
			Subject:      pkix.Name{Organization: []string{"system:nodes"}, CommonName: "system:node:" + name},
			NotBefore:    time.Now().Add(-time.Hour),
			NotAfter:     time.Now().Add(365 * 24 * time.Hour),
			KeyUsage:     x509.KeyUsageDigitalSignature,
			ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			DNSNames:     []string{name},
			IPAddresses:  []net.IP{net.ParseIP(host(index + 1))},
		}
		der, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, key.Public(), authority.PrivateKey)
		check(err)
		certificates[index] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	return certificates
}

// fail breaks off its answer, denies the request, or sends an error, by the number of the node.
func fail(w http.ResponseWriter, r *http.Request) {
	number := numberOf(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
	switch number % 3 {
	case 0:
		w.Header().Set("Content-Type", "application/json")
		body := summary(number)
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case 1:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "Forbidden (user=bench, verb=get, resource=nodes, subresource(s)=[stats])\n")
	default:
		http.Error(w, "Internal Error: failed to list pod stats", http.StatusInternalServerError)
	}
}

var zeros = make([]byte, 1<<20)

func serve(w http.ResponseWriter, r *http.Request) {
	if len(r.TLS.PeerCertificates) == 0 {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	local := r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()
	number := numberOf(local)
	// Delays the response, like a kubelet that has to gather data first.
	if delay, err := time.ParseDuration(r.URL.Query().Get("delay")); err == nil {
		time.Sleep(delay)
	}
	switch {
	case r.URL.Path == "/healthz":
		fmt.Fprint(w, "ok")
	case strings.HasPrefix(r.URL.Path, "/containerLogs/"):
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `pod "x" does not exist`)
	case r.URL.Path == "/logs/zeros":
		left, _ := strconv.Atoi(r.URL.Query().Get("bytes"))
		w.Header().Set("Content-Length", strconv.Itoa(left))
		for left > 0 {
			size := min(left, len(zeros))
			if _, err := w.Write(zeros[:size]); err != nil {
				return
			}
			left -= size
		}
	case r.URL.Path == "/stats/summary":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(summary(number))
	case r.URL.Path == "/configz":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"kubeletconfig":{"evictionHard":{"memory.available":"100Mi","nodefs.available":"10%"}}}`)
	case r.URL.Path == "/stats/summaries":
		w.Header().Set("Content-Type", "application/json")
		body := summary(number)
		fmt.Fprintf(w, "[%s%s]", bytes.Repeat(append(body, ','), 14), body)
	default:
		http.NotFound(w, r)
	}
}
