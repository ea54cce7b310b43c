package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A feeder is a log over "leaf 0", "leaf 1", ... that has a witness cosign its checkpoints (C2SP tlog-witness).
type feeder struct {
	url     string
	signer  note.Signer
	log     note.Verifier
	witness note.Verifier
	tree    stored
	size    int64 // of the newest checkpoint that the witness is known to have cosigned
}

// feed has the checkpoints of these sizes cosigned one after the other, and looks at what the witness shows after each.
// A size such as 20x3 is one of a log whose leaf 3 is another.
func feed(url, witnessVkey, skey, logVkey string, sizes []string) error {
	f := feeder{url: url}
	var err error
	if f.signer, err = note.NewSigner(skey); err != nil {
		return err
	}
	if f.log, err = note.NewVerifier(logVkey); err != nil {
		return err
	}
	if f.witness, err = parseVerifier(witnessVkey); err != nil {
		return err
	}
	for _, word := range sizes {
		word, changed, isFork := strings.Cut(word, "x")
		size, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return err
		}
		fork := int64(-1)
		if isFork {
			if fork, err = strconv.ParseInt(changed, 10, 64); err != nil {
				return err
			}
		}
		if f.tree, err = hashLeaves(size, fork); err != nil {
			return err
		}
		if err := f.cosign(size); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, size)
	}
	return nil
}

func hashLeaves(size, fork int64) (stored, error) {
	var tree stored
	for n := int64(0); n < size; n++ {
		leaf := fmt.Sprintf("leaf %d", n)
		if n == fork {
			leaf = "another leaf"
		}
		added, err := tlog.StoredHashes(n, []byte(leaf), tree)
		if err != nil {
			return nil, err
		}
		tree = append(tree, added...)
	}
	return tree, nil
}

// cosign asks once, and once more if the witness says that it has cosigned another size than was thought.
func (f *feeder) cosign(size int64) error {
	root, err := tlog.TreeHash(size, f.tree)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", f.signer.Name(), size, root)
	checkpoint, err := note.Sign(&note.Note{Text: text}, f.signer)
	if err != nil {
		return err
	}
	for try := 0; try < 2; try++ {
		status, kind, answer, err := f.post(size, checkpoint)
		if err != nil {
			return err
		}
		if status == http.StatusConflict {
			if kind != "text/x.tlog.size" || !strings.HasSuffix(answer, "\n") {
				return fmt.Errorf("409 with %q of type %q", answer, kind)
			}
			if f.size, err = strconv.ParseInt(strings.TrimSuffix(answer, "\n"), 10, 64); err != nil {
				return err
			}
			continue
		}
		if status != http.StatusOK {
			return fmt.Errorf("status %d: %s", status, answer)
		}
		f.size = size
		if err := f.check(append(checkpoint, answer...), text); err != nil {
			return err
		}
		return f.look(text)
	}
	return fmt.Errorf("two conflicts one after the other, at size %d", f.size)
}

func (f *feeder) post(size int64, checkpoint []byte) (int, string, string, error) {
	body := bytes.NewBufferString(fmt.Sprintf("old %d\n", f.size))
	if 0 < f.size && f.size <= size {
		proof, err := tlog.ProveTree(size, f.size, f.tree)
		if err != nil {
			return 0, "", "", err
		}
		for _, hash := range proof {
			fmt.Fprintln(body, base64.StdEncoding.EncodeToString(hash[:]))
		}
	}
	body.WriteString("\n")
	body.Write(checkpoint)
	response, err := http.Post(f.url+"/add-checkpoint", "text/plain", body)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header.Get("Content-Type"), string(answer), err
}

// look checks that the witness shows what it has just cosigned, to anyone.
func (f *feeder) look(text string) error {
	response, err := http.Get(fmt.Sprintf("%s/%x/checkpoint", f.url, sha256.Sum256([]byte(f.signer.Name()))))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	shown, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return f.check(shown, text)
}

// check opens a checkpoint that the log and the witness must both have signed.
func (f *feeder) check(checkpoint []byte, text string) error {
	opened, err := note.Open(checkpoint, note.VerifierList(f.log, f.witness))
	if err != nil {
		return err
	}
	if opened.Text != text || len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
		return fmt.Errorf("not the checkpoint with the log's and the witness's line: %q", checkpoint)
	}
	return nil
}
