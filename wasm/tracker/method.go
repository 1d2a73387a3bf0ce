package tracker

// Method is the method that a call of the page means. js/src/border.ts has the same numbers.
type Method uint32

// The methods, in the order of js/src/border.ts.
const (
	MethodOpen Method = iota
	MethodTrack
	MethodAlias
	MethodIdentify
	MethodReset
	MethodRegister
	MethodRegisterOnce
	MethodUnregister
	MethodTimeEvent
	MethodOptOut
	MethodOptIn
	MethodGetDistinctID
	MethodGetProperty
	MethodConfigure
	MethodHasOptedOut
	MethodNamed // of a method that the shim does not know itself: named.go
	MethodWarn
)
