package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A witnessServer cosigns one log's checkpoints (C2SP tlog-witness), and keeps in memory what it cosigned last.
type witnessServer struct {
	name string
	key  ed25519.PrivateKey
	log  note.Verifier

	turn sync.Mutex
	tree tlog.Tree
	kept []byte
}

// serveWitness prints the witness's vkey and address, and answers until its standard input ends.
func serveWitness(name, logVkey string) error {
	log, err := note.NewVerifier(logVkey)
	if err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	key := append([]byte{cosignatureAlgorithm}, public...)
	fmt.Printf("%s+%08x+%s http://%s\n", name, keyHash(name, key), base64.StdEncoding.EncodeToString(key), listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		listener.Close()
	}()
	w := &witnessServer{name: name, key: private, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("/add-checkpoint", w.addCheckpoint)
	mux.HandleFunc(fmt.Sprintf("/%x/checkpoint", sha256.Sum256([]byte(log.Name()))), w.show)
	http.Serve(listener, mux)
	return nil
}

func keyHash(name string, key []byte) uint32 {
	digest := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(digest[:4])
}

func (w *witnessServer) show(answer http.ResponseWriter, request *http.Request) {
	w.turn.Lock()
	defer w.turn.Unlock()
	if w.kept == nil {
		http.NotFound(answer, request)
		return
	}
	answer.Write(w.kept)
}

func (w *witnessServer) addCheckpoint(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	head, checkpoint, isWhole := bytes.Cut(body, []byte("\n\n"))
	if err != nil || !isWhole {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	old, proof, err := parseHead(string(head))
	if err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	opened, err := note.Open(checkpoint, note.VerifierList(w.log))
	if err != nil {
		answer.WriteHeader(http.StatusForbidden)
		return
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.TrimPrefix(opened.Text, w.log.Name()+"\n")))
	if err != nil || old > tree.N {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	w.turn.Lock()
	defer w.turn.Unlock()
	if old != w.tree.N {
		answer.Header().Set("Content-Type", "text/x.tlog.size")
		answer.WriteHeader(http.StatusConflict)
		fmt.Fprintln(answer, w.tree.N)
		return
	}
	if old == 0 && len(proof) > 0 || old > 0 && tlog.CheckTree(proof, tree.N, tree.Hash, old, w.tree.Hash) != nil {
		answer.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	line := w.sign(opened.Text)
	w.tree, w.kept = tree, append(checkpoint, line...)
	answer.Write([]byte(line))
}

func (w *witnessServer) sign(text string) string {
	seconds := uint64(time.Now().Unix())
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text)
	key := append([]byte{cosignatureAlgorithm}, w.key.Public().(ed25519.PublicKey)...)
	blob := binary.BigEndian.AppendUint32(nil, keyHash(w.name, key))
	blob = binary.BigEndian.AppendUint64(blob, seconds)
	blob = append(blob, ed25519.Sign(w.key, []byte(message))...)
	return fmt.Sprintf("\u2014 %s %s\n", w.name, base64.StdEncoding.EncodeToString(blob))
}

func parseHead(head string) (int64, tlog.TreeProof, error) {
	lines := strings.Split(head, "\n")
	word := strings.TrimPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(word, 10, 64)
	if err != nil || strconv.FormatInt(old, 10) != word || old < 0 || len(lines) > 64 {
		return 0, nil, fmt.Errorf("%q: expected old and a size, and at most 63 lines", lines[0])
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, err
		}
		proof = append(proof, hash)
	}
	return old, proof, nil
}
