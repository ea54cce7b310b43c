package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is the height of every tile of a C2SP tlog-tiles log: 256 hashes wide.
const tileHeight = 8

// A place holds a log's files as C2SP tlog-tiles has them: a folder, or a web server's URL.
type place struct {
	prefix string
	kept   map[tlog.Tile][]byte // tiles that the reader has authenticated
}

func newPlace(prefix string) place {
	return place{strings.TrimSuffix(prefix, "/"), map[tlog.Tile][]byte{}}
}

// read returns one of the log's files, by its path below the prefix.
func (p place) read(path string) ([]byte, error) {
	if !strings.HasPrefix(p.prefix, "http://") {
		return os.ReadFile(filepath.Join(p.prefix, filepath.FromSlash(path)))
	}
	answer, err := http.Get(p.prefix + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func (p place) Height() int { return tileHeight }

func (p place) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		if all[i] = p.kept[tile]; all[i] != nil {
			continue
		}
		data, err := p.read(tilePath(tile))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

func (p place) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		p.kept[tile] = data[i]
	}
}

// tilePath is tile/<L>/<N>[.p/<W>], or tile/entries/<N>[.p/<W>] for level -1; Go's own has the height before it.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if tile.L < 0 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

// readEntries returns a bundle's entries; each stands after its length in two bytes, big-endian.
func (p place) readEntries(n int64, width int) ([][]byte, error) {
	data, err := p.read(tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: width}))
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
func openCheckpoint(message []byte, vkey string) (tree tlog.Tree, err error) {
	opened, err := openNote(message, []string{vkey})
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		return tree, fmt.Errorf("not a checkpoint of %s", opened.Sigs[0].Name)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, fmt.Errorf("root %q is not 32 bytes in base64", lines[2])
	}
	copy(tree.Hash[:], root)
	return tree, nil
}

// checkLog checks a whole tile log, and that of it and the older checkpoints each is a prefix of every longer one.
func checkLog(prefix, vkey string, olderFiles []string) error {
	log := newPlace(prefix)
	message, err := log.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(message, vkey)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	reader := tlog.TileHashReader(tree, log)
	for n := int64(0); n<<tileHeight < tree.N; n++ {
		if err := checkBundle(log, tree, reader, n); err != nil {
			return err
		}
	}
	if err := checkPrefixes(tree, reader, vkey, olderFiles); err != nil {
		return err
	}
	fmt.Printf("%d %v\n", tree.N, tree.Hash)
	return nil
}

// checkBundle shows each entry of one bundle to be in the tree: by the leaf's hash, which the reader authenticates up
// to the root, and the first and last one by a proof as well.
func checkBundle(log place, tree tlog.Tree, reader tlog.HashReader, n int64) error {
	first, width := n<<tileHeight, int64(1<<tileHeight)
	if tree.N-first < width {
		width = tree.N - first
	}
	entries, err := log.readEntries(n, int(width))
	if err != nil {
		return err
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	leaves, err := reader.ReadHashes(indexes)
	if err != nil {
		return fmt.Errorf("entry %d and following: %w", first, err)
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != leaves[i] {
			return fmt.Errorf("entry %d is not what its leaf's hash says", first+int64(i))
		}
	}
	for _, index := range []int64{first, first + width - 1} {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index-first])); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

// checkPrefixes proves every pair of the checkpoints consistent, with hashes of the newest tree.
func checkPrefixes(newest tlog.Tree, reader tlog.HashReader, vkey string, olderFiles []string) error {
	trees := []tlog.Tree{newest}
	for _, file := range olderFiles {
		message, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		tree, err := openCheckpoint(message, vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		trees = append(trees, tree)
	}
	for _, old := range trees {
		for _, tree := range trees {
			if old.N == tree.N && old.Hash != tree.Hash {
				return fmt.Errorf("two checkpoints of size %d have different roots", old.N)
			}
			if old.N == 0 || old.N >= tree.N {
				continue
			}
			proof, err := tlog.ProveTree(tree.N, old.N, reader)
			if err != nil {
				return fmt.Errorf("sizes %d and %d: %w", old.N, tree.N, err)
			}
			if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
				return fmt.Errorf("sizes %d and %d: %w", old.N, tree.N, err)
			}
		}
	}
	return nil
}
