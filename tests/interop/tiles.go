package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is the height of every tile of a C2SP tlog-tiles log: 256 hashes wide.
const tileHeight = 8

// tileDir reads the tiles of a log laid out in a folder as C2SP tlog-tiles has it.
type tileDir string

func (d tileDir) Height() int                                { return tileHeight }
func (d tileDir) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (d tileDir) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := os.ReadFile(d.path(tile))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// path is tile/<L>/<N>[.p/<W>], or tile/entries/<N>[.p/<W>] for level -1; Go's own has the height before it.
func (d tileDir) path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if tile.L < 0 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return filepath.Join(string(d), "tile", filepath.FromSlash(path))
}

// readEntries returns a bundle's entries; each stands after its length in two bytes, big-endian.
func (d tileDir) readEntries(n int64, width int) ([][]byte, error) {
	data, err := os.ReadFile(d.path(tlog.Tile{H: tileHeight, L: -1, N: n, W: width}))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(entries) < width {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("entry bundle %d ends within entry %d", n, len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) != 0 {
		return nil, fmt.Errorf("entry bundle %d has %d bytes after its last entry", n, len(data))
	}
	return entries, nil
}

// openCheckpoint checks a checkpoint's signature and reads its size and root.
func openCheckpoint(file, vkey string) (tree tlog.Tree, err error) {
	opened, err := openNote(file, []string{vkey})
	if err != nil {
		return tree, fmt.Errorf("%s: %w", file, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		return tree, fmt.Errorf("%s: not a checkpoint of %s", file, opened.Sigs[0].Name)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, fmt.Errorf("%s: root %q is not 32 bytes in base64", file, lines[2])
	}
	copy(tree.Hash[:], root)
	return tree, nil
}

// checkLog checks a whole tile log, and that it extends the older checkpoint if one is given.
func checkLog(dir, vkey, oldCheckpoint string) error {
	tree, err := openCheckpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tileDir(dir))
	for n := int64(0); n<<tileHeight < tree.N; n++ {
		if err := checkBundle(tileDir(dir), tree, reader, n); err != nil {
			return err
		}
	}
	if oldCheckpoint != "" {
		if err := checkExtends(tree, reader, oldCheckpoint, vkey); err != nil {
			return err
		}
	}
	fmt.Printf("%d %v\n", tree.N, tree.Hash)
	return nil
}

// checkBundle proves each entry of one bundle to be in the tree.
func checkBundle(dir tileDir, tree tlog.Tree, reader tlog.HashReader, n int64) error {
	first, width := n<<tileHeight, int64(1<<tileHeight)
	if tree.N-first < width {
		width = tree.N - first
	}
	entries, err := dir.readEntries(n, int(width))
	if err != nil {
		return err
	}
	for i, entry := range entries {
		index := first + int64(i)
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

func checkExtends(tree tlog.Tree, reader tlog.HashReader, oldCheckpoint, vkey string) error {
	old, err := openCheckpoint(oldCheckpoint, vkey)
	if err != nil {
		return err
	}
	if old.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return fmt.Errorf("%s: %w", oldCheckpoint, err)
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}
