//go:build tinygo

package border

// seed returns the number with which TinyGo's runtime mixes the hashes of its maps. It is here because every program of ours has this package. TinyGo
// asks C's arc4random for it, which takes 6.6 kB, because a printf comes with it. As in the program of standard Go, which begins where the build
// has started it, it is the same on every page: the keys are the page's own, and ids are drawn by the page (Ports.Random).
//
//export arc4random
func seed() uint32 { return 0x9e3779b9 }
