// Does the same with a fleet as our curl, in plain Go: lists the nodes in pages, calls each kubelet with a client certificate, at
// most 50 at once, verifies its certificate, reads the body, and writes a line of JSON for each node.
//
// Usage: client SERVER CA.crt CLIENT.crt CLIENT.key fleet|status|body PATH
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"
)

type node struct {
	Metadata struct{ Name string }
	Status   struct {
		Addresses       []struct{ Type, Address string }
		DaemonEndpoints struct{ KubeletEndpoint struct{ Port int } }
	}
}

type nodeList struct {
	Metadata struct{ Continue string }
	Items    []node
}

type envelope struct {
	Node   string          `json:"node"`
	Status int             `json:"status"`
	Ms     int64           `json:"ms"`
	Bytes  int             `json:"bytes"`
	Body   json.RawMessage `json:"body,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	server, mode, path := os.Args[1], os.Args[5], os.Args[6]
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig: tlsConfig(os.Args[2], os.Args[3], os.Args[4]), MaxIdleConnsPerHost: 50,
	}}
	nodes := list(client, server)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var mutex sync.Mutex
	var wait sync.WaitGroup
	queue := make(chan node)
	for range 50 {
		wait.Go(func() {
			for each := range queue {
				if mode == "status" {
					get(client, server+"/api/v1/nodes/"+each.Metadata.Name+"/proxy/containerLogs/kube-system/x/x")
				}
				line := call(client, each, path)
				mutex.Lock()
				_, _ = out.Write(line)
				mutex.Unlock()
			}
		})
	}
	for _, each := range nodes {
		queue <- each
	}
	close(queue)
	wait.Wait()
	check(out.Flush())
}

func tlsConfig(caFile, certFile, keyFile string) *tls.Config {
	ca, err := os.ReadFile(caFile)
	check(err)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
}

func list(client *http.Client, server string) []node {
	var nodes []node
	next := ""
	for {
		_, body, err := get(client, server+"/api/v1/nodes?limit=200&continue="+next)
		check(err)
		var page nodeList
		check(json.Unmarshal(body, &page))
		nodes = append(nodes, page.Items...)
		if next = page.Metadata.Continue; next == "" {
			return nodes
		}
	}
}

func call(client *http.Client, each node, path string) []byte {
	start := time.Now()
	url := fmt.Sprintf("https://%s:%d%s", each.Status.Addresses[0].Address, each.Status.DaemonEndpoints.KubeletEndpoint.Port, path)
	status, body, err := get(client, url)
	result := envelope{Node: each.Metadata.Name, Status: status, Ms: time.Since(start).Milliseconds(), Bytes: len(body)}
	if err != nil {
		result.Error = err.Error()
		body = nil
	}
	// Marshal checks and compacts the body.
	result.Body = body
	line, err := json.Marshal(result)
	if err != nil {
		result.Body, _ = json.Marshal(string(body))
		line, err = json.Marshal(result)
		check(err)
	}
	return append(line, '\n')
}

func get(client *http.Client, url string) (int, []byte, error) {
	answer, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
