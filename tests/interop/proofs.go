package main

import (
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// stored holds a tree's hashes in memory, in tlog's order.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

// treeLine is what printProofs says of the tree of one size. Hashes are in base64, as tlog writes them.
type treeLine struct {
	Size        int64
	Root        tlog.Hash
	Inclusion   []tlog.RecordProof // of the leaf 0, 1, ...
	Consistency []tlog.TreeProof   // of the tree of 1, 2, ... leaves, this one last
}

// printProofs prints, for each size up to count, the root and every inclusion and consistency proof.
func printProofs(out io.Writer, count int64) error {
	var tree stored
	encoder := json.NewEncoder(out)
	for size := int64(1); size <= count; size++ {
		hashes, err := tlog.StoredHashes(size-1, []byte(fmt.Sprintf("leaf %d", size-1)), tree)
		if err != nil {
			return err
		}
		tree = append(tree, hashes...)
		line, err := proveTree(tree, size)
		if err != nil {
			return err
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func proveTree(tree stored, size int64) (line treeLine, err error) {
	line.Size = size
	if line.Root, err = tlog.TreeHash(size, tree); err != nil {
		return line, err
	}
	for n := int64(0); n < size; n++ {
		inclusion, err := tlog.ProveRecord(size, n, tree)
		if err != nil {
			return line, err
		}
		consistency, err := tlog.ProveTree(size, n+1, tree)
		if err != nil {
			return line, err
		}
		line.Inclusion = append(line.Inclusion, inclusion)
		line.Consistency = append(line.Consistency, consistency)
	}
	return line, nil
}
