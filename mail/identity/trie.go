package identity

import "slices"

// trie finds the longest of many words at a place of a text. It is built once
// and read by many.
type trie struct {
	root  [256]int32
	nodes []trieNode
}

type trieNode struct {
	bytes []byte
	next  []int32
	value int32 // of the word that ends here; -1 none
}

func newTrie() *trie { return &trie{nodes: []trieNode{{value: -1}}} }

// add puts word in with a value from 0 up; a word that is there keeps its first value,
// which is given back.
func (t *trie) add(word string, value int32) int32 {
	if word == "" {
		return value
	}
	n := int32(0)
	for i := range len(word) {
		m := t.step(n, word[i])
		if m == 0 {
			m = int32(len(t.nodes))
			t.nodes = append(t.nodes, trieNode{value: -1})
			if n == 0 {
				t.root[word[i]] = m
			} else {
				t.nodes[n].bytes = append(t.nodes[n].bytes, word[i])
				t.nodes[n].next = append(t.nodes[n].next, m)
			}
		}
		n = m
	}
	if t.nodes[n].value < 0 {
		t.nodes[n].value = value
	}
	return t.nodes[n].value
}

// step goes from node n along c; 0: there is no way.
func (t *trie) step(n int32, c byte) int32 {
	if n == 0 {
		return t.root[c]
	}
	if i := slices.Index(t.nodes[n].bytes, c); i >= 0 {
		return t.nodes[n].next[i]
	}
	return 0
}

// each calls f for every word that begins at s[0], short ones first, with its
// length and value, until f says false.
func each[S string | []byte](t *trie, s S, f func(length int, value int32) bool) {
	n := int32(0)
	for i := range len(s) {
		n = t.step(n, s[i])
		if n == 0 {
			return
		}
		if v := t.nodes[n].value; v >= 0 && !f(i+1, v) {
			return
		}
	}
}
