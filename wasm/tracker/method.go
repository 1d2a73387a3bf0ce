package tracker

// Method is what a call of the page asks for. The numbers are js/src/border.ts's.
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
	MethodUnknown
	MethodWarn
)
