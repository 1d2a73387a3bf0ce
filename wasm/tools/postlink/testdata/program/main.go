//go:build js

// A program that needs what tables must keep: it recovers panics through wrappers and inlined calls, grows stacks, and collects garbage
// while values live in frames.
package main

import (
	"errors"
	"runtime"
)

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	t := &tree{grow(depth - 1), grow(depth - 1)}
	if depth == 8 {
		runtime.GC()
	}
	return t
}

func (t *tree) count() int {
	if t == nil {
		return 0
	}
	return 1 + t.left.count() + t.right.count()
}

func deep(n int, on [16]int) int {
	if n == 0 {
		runtime.GC()
		return on[3]
	}
	on[3]++
	return deep(n-1, on)
}

type closer interface{ close() }
type file struct{ reason *error }

func (f file) close() {
	if r := recover(); r != nil {
		*f.reason, _ = r.(error)
	}
}

func fail(list []int, i int) (reason error) {
	var c closer = file{&reason}
	defer c.close()
	defer func() { i++ }()
	return errors.New("number " + string(rune('0'+list[i])))
}

func main() {
	recovered := fail([]int{1}, 5)
	if grow(12).count() != 1<<13-1 || deep(20_000, [16]int{}) != 20_000 || recovered == nil {
		println("wrong")
		return
	}
	println("right:", recovered.Error())
}
