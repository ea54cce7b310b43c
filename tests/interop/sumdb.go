// Command sumdb reads and writes signed notes and tile logs with Go's own checksum-database packages
// (golang.org/x/mod/sumdb), so that the tests can ask an implementation that is not ours.
//
//	sumdb open FILE VKEY...            check a note's signatures, print its text
//	sumdb sign NAME FILE               make a key, print its vkey, then the file's text as a signed note
//	sumdb proofs COUNT                 roots and proofs of the trees over "leaf 0", "leaf 1", ... as JSON lines
//	sumdb log DIR|URL VKEY [OLD]...    check every entry and tile of a tile log against its checkpoint, and that
//	                                   of it and the checkpoints in the files OLD each is a prefix of the longer ones
//	sumdb feed URL WVKEY SKEY VKEY SIZE...   be a log over "leaf 0", "leaf 1", ... and have a witness cosign it
//	sumdb witness NAME VKEY            be a witness of a log until standard input ends; print vkey and address
//
// It exits with status 1 and says why if anything does not check.
package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sumdb:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "open":
		message, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		opened, err := openNote(message, args[2:])
		if err != nil {
			return err
		}
		fmt.Print(opened.Text)
		return nil
	case len(args) == 3 && args[0] == "sign":
		return sign(args[1], args[2])
	case len(args) == 2 && args[0] == "proofs":
		count, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return err
		}
		return printProofs(os.Stdout, count)
	case len(args) >= 3 && args[0] == "log":
		return checkLog(args[1], args[2], args[3:])
	case len(args) >= 6 && args[0] == "feed":
		return feed(args[1], args[2], args[3], args[4], args[5:])
	case len(args) == 3 && args[0] == "witness":
		return serveWitness(args[1], args[2])
	}
	return fmt.Errorf("expected: open FILE VKEY... | sign NAME FILE | proofs COUNT | log DIR|URL VKEY [OLD]... | " +
		"feed URL WVKEY SKEY VKEY SIZE... | witness NAME VKEY")
}

// openNote checks that every given key has signed a note.
func openNote(message []byte, vkeys []string) (*note.Note, error) {
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := parseVerifier(vkey)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(message, note.VerifierList(verifiers...))
	if err != nil {
		return nil, err
	}
	if len(opened.Sigs) != len(vkeys) {
		return nil, fmt.Errorf("%d of %d keys signed", len(opened.Sigs), len(vkeys))
	}
	return opened, nil
}

func sign(name, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%s", vkey, signed)
	return nil
}
