package main

// replacement is the new body of a function of the runtime, and the reason why a page does not need the old one.
type replacement struct {
	file, function, body, reason string
}

// Reasons of replacements.
const (
	noTracer       = "runtime/trace starts the execution tracer, and the page's program does not import it"
	noProfiles     = "runtime/pprof reads profiles, and the page's program does not import it"
	noTracebacks   = "a traceback goes to standard error, which nobody reads in a page; the panic's message is enough"
	noSelfChecks   = "it checks the runtime itself, which Go's own tests do"
	noHeapDumps    = "runtime/debug.WriteHeapDump writes heap dumps, and the page's program does not call it"
	noEnvironment  = "an environment variable such as GODEBUG turns it on, and a page has no environment"
	lazyGC         = "GOGC is an environment variable; the page's program keeps so little that collecting half as often costs half a MiB"
	noPlugins      = "a type exists twice only in a program of several modules, such as one with plugins"
	noArenas       = "user arenas need GOEXPERIMENT=arenas"
	oneThread      = "WebAssembly has one thread, so there is one M and one P, and a P never moves to another M"
	noMemoryReturn = "a WebAssembly program cannot return memory, so searching for unused memory is of no use"
	noGCLimiter    = "the limiter stops assists of the garbage collector; with one thread, nothing else would do their work, and memory would grow"
	noCleanup      = "the program does not call runtime.AddCleanup and does not pin memory"
	noLeakProfile  = "goroutine leak profiles need GOEXPERIMENT=goroutineleakprofile"
	noSynctest     = "testing/synctest is for tests"
	noTimers       = "the program does not import time, and the runtime's own timers are of the scavenger and of profiles"
	noSpecials     = "finalizers, cleanups, weak pointers and pins mark memory as special, and the program has none (runtime.addspecial is not linked)"
	noReflection   = "types and names are made at run time by package reflect, and in other modules by plugins; the program has neither"
	recordsByPlace = "wasm/tools/postlink puts the record of each function where its place in the table of functions says, and leaves out what gives both"
	noExit         = "the page's program does not exit; it ends with its page"
)

var replacements = []replacement{
	{"runtime/traceruntime.go", "traceEnabled", "return false", noTracer},
	{"runtime/traceruntime.go", "traceAllocFreeEnabled", "return false", noTracer},
	{"runtime/traceruntime.go", "traceShuttingDown", "return false", noTracer},
	{"runtime/traceruntime.go", "traceAcquire", "return traceLocker{}", noTracer},
	{"runtime/traceruntime.go", "traceAcquireEnabled", "return traceLocker{}", noTracer},
	{"runtime/traceruntime.go", "traceLocker.ok", "return false", noTracer},
	{"runtime/traceruntime.go", "traceRelease", "", noTracer},
	{"runtime/trace.go", "traceReader", "return nil", noTracer},
	{"runtime/trace.go", "traceReaderAvailable", "return nil", noTracer},
	{"runtime/trace.go", "traceAdvance", "", noTracer},
	{"runtime/tracecpu.go", "traceReadCPU", "return false", noTracer},
	{"runtime/tracecpu.go", "traceInitReadCPU", "", noTracer},
	{"runtime/tracecpu.go", "traceStartReadCPU", "", noTracer},
	{"runtime/tracecpu.go", "traceStopReadCPU", "", noTracer},

	{"runtime/malloc.go", "profilealloc", "", noProfiles},
	{"runtime/mprof.go", "mProf_Malloc", "", noProfiles},
	{"runtime/mprof.go", "mProf_Free", "", noProfiles},
	{"runtime/mprof.go", "mProf_NextCycle", "", noProfiles},
	{"runtime/mprof.go", "mProf_Flush", "", noProfiles},
	{"runtime/mprof.go", "mProf_PostSweep", "", noProfiles},
	{"runtime/mprof.go", "blockevent", "", noProfiles},
	{"runtime/mprof.go", "mutexevent", "", noProfiles},
	{"runtime/mprof.go", "saveblockevent", "", noProfiles},
	{"runtime/mprof.go", "doRecordGoroutineProfile", "", noProfiles},
	{"runtime/mprof.go", "tryRecordGoroutineProfile", "", noProfiles},
	{"runtime/metrics.go", "initMetrics", "", noProfiles},

	{"runtime/traceback.go", "traceback", "", noTracebacks},
	{"runtime/traceback.go", "tracebacktrap", "", noTracebacks},
	{"runtime/traceback.go", "traceback1", "", noTracebacks},
	{"runtime/traceback.go", "tracebackothers", "", noTracebacks},
	{"runtime/traceback.go", "tracebackHexdump", "", noTracebacks},
	{"runtime/traceback.go", "goroutineheader", "", noTracebacks},
	{"runtime/traceback.go", "printcreatedby", "", noTracebacks},
	{"runtime/hexdump.go", "hexdumpWords", "", noTracebacks},
	{"runtime/mgcmark.go", "gcDumpObject", "", noTracebacks},
	{"runtime/mgcsweep.go", "mspan.reportZombies", "throw(\"found pointer to free object\")", noTracebacks},
	{"runtime/error.go", "printanycustomtype", "print(\"a value of its own type\")", noTracebacks},
	{"runtime/print.go", "printfloat64", "printstring(\"a float\")", noTracebacks},
	{"runtime/print.go", "printfloat32", "printstring(\"a float\")", noTracebacks},
	{"runtime/print.go", "printcomplex128", "printstring(\"a complex number\")", noTracebacks},
	{"runtime/print.go", "printcomplex64", "printstring(\"a complex number\")", noTracebacks},
	{"runtime/type.go", "typelinksinit", "", noPlugins},
	{"runtime/traceevent.go", "traceLocker.eventWriter", "return traceEventWriter{}", noTracer},
	{"runtime/proc.go", "schedtrace", "", noEnvironment},
	{"runtime/proc.go", "dumpgstatus", "", noTracebacks},
	{"runtime/mgcmark_nogreenteagc.go", "dumpScanStats", "", noEnvironment},

	{"runtime/symtab.go", "moduledataverify1", "", noSelfChecks},
	{"runtime/runtime1.go", "check", "", noSelfChecks},
	{"runtime/mcheckmark.go", "checkFinalizersAndCleanups", "", noSelfChecks},
	{"runtime/mcheckmark.go", "startCheckmarks", "", noSelfChecks},
	{"runtime/mcheckmark.go", "endCheckmarks", "", noSelfChecks},
	{"runtime/mcheckmark.go", "setCheckmark", "return false", noSelfChecks},

	{"runtime/heapdump.go", "writeheapdump_m", "", noHeapDumps},
	{"runtime/debugcall.go", "debugCallWrap", "", noTracebacks},
	{"runtime/arena.go", "inUserArenaChunk", "return false", noArenas},

	{"runtime/proc.go", "wakep", "", oneThread},
	{"runtime/proc.go", "startm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "newm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "newm1", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "allocm", "throw(\"one thread\"); return nil", oneThread},
	{"runtime/proc.go", "handoffp", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "mexit", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "stopm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "gcstopm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "stoplockedm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "startlockedm", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "reentersyscall", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "exitsyscall", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "exitsyscallNoP", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "oneNewExtraM", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "preemptPark", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "p.destroy", "throw(\"one thread\")", oneThread},
	{"runtime/proc.go", "freezetheworld", "", oneThread},
	{"runtime/proc.go", "stealWork", "return nil, false, now, 0, false", oneThread},
	{"runtime/proc.go", "checkRunqsNoP", "return nil", oneThread},
	{"runtime/proc.go", "checkTimersNoP", "return pollUntil", oneThread},
	{"runtime/proc.go", "checkIdleGCNoP", "return nil, nil", oneThread},
	{"runtime/proc.go", "runSafePointFn", "", oneThread},
	{"runtime/proc.go", "defaultGOMAXPROCSUpdateEnable", "", oneThread},
	{"runtime/proc.go", "checkdead", "", noExit},
	{"runtime/cgocall.go", "cgocall", "throw(\"no cgo\"); return 0", oneThread},
	{"runtime/mgcmark.go", "scanConservative", "throw(\"no signals\")", oneThread},

	{"runtime/mgcscavenge.go", "bgscavenge", "c <- 1", noMemoryReturn},
	{"runtime/mgcscavenge.go", "gcPaceScavenger", "", noMemoryReturn},
	{"runtime/mgcscavenge.go", "scavengerState.wake", "", noMemoryReturn},
	{"runtime/mgcscavenge.go", "pageAlloc.scavenge", "return 0", noMemoryReturn},
	{"runtime/mgclimit.go", "gcCPULimiterState.limiting", "return false", noGCLimiter},
	{"runtime/mgclimit.go", "gcCPULimiterState.update", "", noGCLimiter},
	{"runtime/mgclimit.go", "gcCPULimiterState.updateLocked", "", noGCLimiter},
	{"runtime/mgclimit.go", "gcCPULimiterState.accumulate", "", noGCLimiter},
	{"runtime/mstats.go", "cpuStats.accumulate", "", noProfiles},
	{"runtime/mgc.go", "findMaybeRunnableGoroutines", "return false", noLeakProfile},
	{"runtime/mgc.go", "findGoroutineLeaks", "return false", noLeakProfile},
	{"runtime/mgc.go", "gcRestoreSyncObjects", "", noLeakProfile},
	{"runtime/mgc.go", "fmtNSAsMS", "return buf", noEnvironment},
	{"runtime/mgcmark.go", "allGsSnapshotSortedForGC", "throw(\"no leak profile\"); return nil, 0", noLeakProfile},

	{"runtime/mcleanup.go", "cleanupQueue.enqueue", "throw(\"no cleanups\")", noCleanup},
	{"runtime/mcleanup.go", "cleanupQueue.flush", "", noCleanup},
	{"runtime/mcleanup.go", "cleanupQueue.wake", "", noCleanup},
	{"runtime/mheap.go", "setCleanupContext", "", noCleanup},
	{"runtime/mheap.go", "clearCleanupContext", "", noCleanup},
	{"runtime/pinner.go", "mspan.refreshPinnerBits", "", noCleanup},
	{"runtime/arena.go", "mspan.setUserArenaChunkToFault", "throw(\"no arenas\")", noArenas},

	{"runtime/time.go", "timers.check", "return now, 0, false", noTimers},
	{"runtime/time.go", "timers.wakeTime", "return 0", noTimers},
	{"runtime/time.go", "timers.take", "", noTimers},
	{"runtime/time.go", "timer.maybeRunChan", "throw(\"no timers\")", noTimers},
	{"runtime/time.go", "blockTimerChan", "throw(\"no timers\")", noTimers},
	{"runtime/time.go", "unblockTimerChan", "throw(\"no timers\")", noTimers},
	{"runtime/mheap.go", "freeSpecial", "throw(\"no specials\")", noSpecials},
	{"runtime/mgcmark.go", "markrootSpans", "", noSpecials},
	{"runtime/mgclimit.go", "limiterEvent.start", "return false", noGCLimiter},
	{"runtime/mgclimit.go", "limiterEvent.stop", "", noGCLimiter},
	{"runtime/histogram.go", "timeHistogram.record", "", noProfiles},
	{"runtime/type.go", "resolveNameOff",
		"if off == 0 { return name{} }; return name{Bytes: (*byte)(unsafe.Pointer(firstmoduledata.types + uintptr(off)))}", noReflection},
	{"runtime/type.go", "resolveTypeOff",
		"if off == 0 || off == -1 { return nil }; return (*_type)(unsafe.Pointer(firstmoduledata.types + uintptr(off)))", noReflection},
	{"runtime/type.go", "rtype.textOff",
		"if off == -1 { return unsafe.Pointer(abi.FuncPCABIInternal(unreachableMethod)) }; return unsafe.Pointer(firstmoduledata.textAddr(uint32(off)))",
		noReflection},

	{"runtime/synctest.go", "synctestBubble.changegstatus", "", noSynctest},
	{"runtime/synctest.go", "synctestBubble.incActive", "", noSynctest},
	{"runtime/synctest.go", "synctestBubble.decActive", "", noSynctest},
	{"runtime/synctest.go", "synctestBubble.maybeWakeLocked", "return nil", noSynctest},

	{"runtime/runtime1.go", "parsegodebug", "", noEnvironment},
	{"runtime/runtime1.go", "reparsedebugvars", "", noEnvironment},
	{"runtime/runtime1.go", "setTraceback", "", noTracebacks},
	{"runtime/runtime1.go", "gotraceback", "return 0, false, false", noTracebacks},
	{"runtime/runtime.go", "godebugInc.IncNonDefault", "", noEnvironment},
	{"runtime/mgcpacer.go", "readGOGC", "return 200", lazyGC},
	{"runtime/mgcpacer.go", "readGOMEMLIMIT", "return 1<<63 - 1", noEnvironment},
	{"internal/cpu/cpu.go", "processOptions", "", noEnvironment},

	{"runtime/traceback.go", "tracebackPCs", "return 0", noTracebacks},
	{"runtime/traceback.go", "tracebacksomeothers", "", noTracebacks},
	{"runtime/error.go", "panicwrap", "panic(plainError(\"value method called using a nil pointer\"))", noTracebacks},
	{"runtime/error.go", "TypeAssertionError.Error", "return \"interface conversion: a value of another type\"", noTracebacks},
	{"runtime/error.go", "printpanicval", "if s, ok := v.(string); ok { print(s) } else { print(\"a value\") }", noTracebacks},
	{"runtime/mbitmap.go", "badPointer", "throw(\"found bad pointer in Go heap\")", noTracebacks},
	{"runtime/tracebuf.go", "traceWriter.refill", "return w", noTracer},
	{"runtime/tracebuf.go", "traceWriter.event", "return w", noTracer},
	{"runtime/tracebuf.go", "traceBufFlush", "", noTracer},
	{"runtime/traceevent.go", "traceEventWriter.event", "", noTracer},
	{"runtime/traceallocfree.go", "traceLocker.SpanFree", "", noTracer},
	// Before postlink has done that, which it shows by clearing findfunctab, the tables are as the linker writes them. They have one bucket after
	// another, of which postlink leaves zeros, so the search begins at the first function. 80 is recordBytes, and 0x1000 is firstTableIndex.
	{"runtime/symtab.go", "findfunc",
		"datap := findmoduledatap(pc); if datap == nil { return funcInfo{} }; place, ok := datap.textOff(pc); if !ok { return funcInfo{} }; " +
			"at := (uintptr(place) - 0x1000) * 80; " +
			"if datap.findfunctab != 0 { i := 0; for datap.ftab[i+1].entryoff <= place { i++ }; at = uintptr(datap.ftab[i].funcoff) }; " +
			"return funcInfo{(*_func)(unsafe.Pointer(&datap.pclntable[at])), datap}", recordsByPlace},
	{"runtime/symtab.go", "funcInfo.entry",
		"place := f.entryOff; if f.datap.findfunctab == 0 { " +
			"place = 0x1000 + uint32((uintptr(unsafe.Pointer(f._func))-uintptr(unsafe.Pointer(&f.datap.pclntable[0])))/80) }; return f.datap.textAddr(place)", recordsByPlace},
	{"internal/runtime/exithook/hooks.go", "Run", "", noExit},
}

// debugSwitchValues has the values of the GODEBUG switches that are off unless the environment variable turns them on.
var debugSwitchValues = map[string]string{
	"gctrace": "0", "schedtrace": "0", "scheddetail": "0", "gccheckmark": "0", "gcpacertrace": "0", "scavtrace": "0", "inittrace": "0",
	"sbrk": "0", "clobberfree": "0", "efence": "0", "gcstoptheworld": "0", "checkfinalizers": "0", "tracebackancestors": "0",
	"gcshrinkstackoff": "0", "dontfreezetheworld": "0", "adaptivestackstart": "0", "malloc": "false",
}

// filesWithSwitches read GODEBUG's switches, but have no function in replacements.
var filesWithSwitches = []string{
	"runtime/mgc.go", "runtime/mgcpacer.go", "runtime/mgcscavenge.go", "runtime/panic.go", "runtime/stack.go", "runtime/mheap.go",
	"runtime/mbitmap.go", "runtime/mcleanup.go",
}

// bodiesByFile returns the new bodies by file and function. It includes the files that only read switches.
func bodiesByFile(entries []replacement) map[string]map[string]string {
	files := map[string]map[string]string{}
	for _, file := range append(filesWithSwitches, atomicFile) {
		files[file] = nil
	}
	for _, e := range entries {
		if files[e.file] == nil {
			files[e.file] = map[string]string{}
		}
		files[e.file][e.function] = e.body
	}
	return files
}
