package main

// entry is one change: a function of the runtime, its new body, and why a page can do without the old one.
type entry struct {
	file, function, body, reason string
}

const (
	tracing   = "the execution tracer is started by runtime/trace, which a page does not have"
	profiling = "profiles are read through runtime/pprof, which a page does not have"
	dumping   = "a traceback goes to standard error, where no visitor looks: the panic's message is enough"
	checking  = "it checks the runtime itself, which its own tests do"
	heapDump  = "heap dumps are written by runtime/debug.WriteHeapDump, which a page does not call"
	printing  = "GODEBUG asks for it, and a page has no environment"
	sparing   = "GOGC comes from an environment; a page's program keeps so little that collecting half as often costs half a MiB"
	plugins   = "types are the same twice only in a program of several modules, one with plugins"
	arena     = "user arenas need GOEXPERIMENT=arenas"
	oneThread = "WebAssembly has one thread: there is one M and one P, and neither is ever handed to another"
	noReturn  = "memory that a WebAssembly program took it cannot give back, so nothing looks for any"
	noLimit   = "the limiter stops the collector's assists, and a page's one thread has nobody else to do that work: memory would grow"
	noCleanup = "the program calls no runtime.AddCleanup and pins nothing"
	leakTest  = "goroutine leak profiles need GOEXPERIMENT=goroutineleakprofile"
	synctest  = "testing/synctest is for tests"
	noExit    = "a page's program does not exit, it goes with its page"
)

var changes = []entry{
	{"runtime/traceruntime.go", "traceEnabled", "return false", tracing},
	{"runtime/traceruntime.go", "traceAllocFreeEnabled", "return false", tracing},
	{"runtime/traceruntime.go", "traceShuttingDown", "return false", tracing},
	{"runtime/traceruntime.go", "traceAcquire", "return traceLocker{}", tracing},
	{"runtime/traceruntime.go", "traceAcquireEnabled", "return traceLocker{}", tracing},
	{"runtime/traceruntime.go", "traceLocker.ok", "return false", tracing},
	{"runtime/traceruntime.go", "traceRelease", "", tracing},
	{"runtime/trace.go", "traceReader", "return nil", tracing},
	{"runtime/trace.go", "traceReaderAvailable", "return nil", tracing},
	{"runtime/trace.go", "traceAdvance", "", tracing},
	{"runtime/tracecpu.go", "traceReadCPU", "return false", tracing},
	{"runtime/tracecpu.go", "traceInitReadCPU", "", tracing},
	{"runtime/tracecpu.go", "traceStartReadCPU", "", tracing},
	{"runtime/tracecpu.go", "traceStopReadCPU", "", tracing},

	{"runtime/malloc.go", "profilealloc", "", profiling},
	{"runtime/mprof.go", "mProf_Malloc", "", profiling},
	{"runtime/mprof.go", "mProf_Free", "", profiling},
	{"runtime/mprof.go", "mProf_NextCycle", "", profiling},
	{"runtime/mprof.go", "mProf_Flush", "", profiling},
	{"runtime/mprof.go", "mProf_PostSweep", "", profiling},
	{"runtime/mprof.go", "blockevent", "", profiling},
	{"runtime/mprof.go", "mutexevent", "", profiling},
	{"runtime/mprof.go", "saveblockevent", "", profiling},
	{"runtime/mprof.go", "doRecordGoroutineProfile", "", profiling},
	{"runtime/mprof.go", "tryRecordGoroutineProfile", "", profiling},
	{"runtime/metrics.go", "initMetrics", "", profiling},

	{"runtime/traceback.go", "traceback", "", dumping},
	{"runtime/traceback.go", "tracebacktrap", "", dumping},
	{"runtime/traceback.go", "traceback1", "", dumping},
	{"runtime/traceback.go", "tracebackothers", "", dumping},
	{"runtime/traceback.go", "tracebackHexdump", "", dumping},
	{"runtime/traceback.go", "goroutineheader", "", dumping},
	{"runtime/traceback.go", "printcreatedby", "", dumping},
	{"runtime/hexdump.go", "hexdumpWords", "", dumping},
	{"runtime/mgcmark.go", "gcDumpObject", "", dumping},
	{"runtime/mgcsweep.go", "mspan.reportZombies", "throw(\"found pointer to free object\")", dumping},
	{"runtime/error.go", "printanycustomtype", "print(\"a value of its own type\")", dumping},
	{"runtime/print.go", "printfloat64", "printstring(\"a float\")", dumping},
	{"runtime/print.go", "printfloat32", "printstring(\"a float\")", dumping},
	{"runtime/print.go", "printcomplex128", "printstring(\"a complex number\")", dumping},
	{"runtime/print.go", "printcomplex64", "printstring(\"a complex number\")", dumping},
	{"runtime/type.go", "typelinksinit", "", plugins},
	{"runtime/traceevent.go", "traceLocker.eventWriter", "return traceEventWriter{}", tracing},
	{"runtime/proc.go", "schedtrace", "", printing},
	{"runtime/proc.go", "dumpgstatus", "", dumping},
	{"runtime/mgcmark_nogreenteagc.go", "dumpScanStats", "", printing},

	{"runtime/symtab.go", "moduledataverify1", "", checking},
	{"runtime/runtime1.go", "check", "", checking},
	{"runtime/mcheckmark.go", "checkFinalizersAndCleanups", "", checking},
	{"runtime/mcheckmark.go", "startCheckmarks", "", checking},
	{"runtime/mcheckmark.go", "endCheckmarks", "", checking},
	{"runtime/mcheckmark.go", "setCheckmark", "return false", checking},

	{"runtime/heapdump.go", "writeheapdump_m", "", heapDump},
	{"runtime/debugcall.go", "debugCallWrap", "", dumping},
	{"runtime/arena.go", "inUserArenaChunk", "return false", arena},

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

	{"runtime/mgcscavenge.go", "bgscavenge", "c <- 1", noReturn},
	{"runtime/mgcscavenge.go", "gcPaceScavenger", "", noReturn},
	{"runtime/mgcscavenge.go", "scavengerState.wake", "", noReturn},
	{"runtime/mgcscavenge.go", "pageAlloc.scavenge", "return 0", noReturn},
	{"runtime/mgclimit.go", "gcCPULimiterState.limiting", "return false", noLimit},
	{"runtime/mgclimit.go", "gcCPULimiterState.update", "", noLimit},
	{"runtime/mgclimit.go", "gcCPULimiterState.updateLocked", "", noLimit},
	{"runtime/mgclimit.go", "gcCPULimiterState.accumulate", "", noLimit},
	{"runtime/mstats.go", "cpuStats.accumulate", "", profiling},
	{"runtime/mgc.go", "findMaybeRunnableGoroutines", "return false", leakTest},
	{"runtime/mgc.go", "findGoroutineLeaks", "return false", leakTest},
	{"runtime/mgc.go", "gcRestoreSyncObjects", "", leakTest},
	{"runtime/mgc.go", "fmtNSAsMS", "return buf", printing},
	{"runtime/mgcmark.go", "allGsSnapshotSortedForGC", "throw(\"no leak profile\"); return nil, 0", leakTest},

	{"runtime/mcleanup.go", "cleanupQueue.enqueue", "throw(\"no cleanups\")", noCleanup},
	{"runtime/mcleanup.go", "cleanupQueue.flush", "", noCleanup},
	{"runtime/mcleanup.go", "cleanupQueue.wake", "", noCleanup},
	{"runtime/mheap.go", "setCleanupContext", "", noCleanup},
	{"runtime/mheap.go", "clearCleanupContext", "", noCleanup},
	{"runtime/pinner.go", "mspan.refreshPinnerBits", "", noCleanup},
	{"runtime/arena.go", "mspan.setUserArenaChunkToFault", "throw(\"no arenas\")", arena},

	{"runtime/synctest.go", "synctestBubble.changegstatus", "", synctest},
	{"runtime/synctest.go", "synctestBubble.incActive", "", synctest},
	{"runtime/synctest.go", "synctestBubble.decActive", "", synctest},
	{"runtime/synctest.go", "synctestBubble.maybeWakeLocked", "return nil", synctest},

	{"runtime/runtime1.go", "parsegodebug", "", printing},
	{"runtime/runtime1.go", "reparsedebugvars", "", printing},
	{"runtime/runtime1.go", "setTraceback", "", dumping},
	{"runtime/runtime1.go", "gotraceback", "return 0, false, false", dumping},
	{"runtime/runtime.go", "godebugInc.IncNonDefault", "", printing},
	{"runtime/mgcpacer.go", "readGOGC", "return 200", sparing},
	{"runtime/mgcpacer.go", "readGOMEMLIMIT", "return 1<<63 - 1", printing},
	{"internal/cpu/cpu.go", "processOptions", "", printing},

	{"runtime/traceback.go", "tracebackPCs", "return 0", dumping},
	{"runtime/traceback.go", "tracebacksomeothers", "", dumping},
	{"runtime/error.go", "panicwrap", "panic(plainError(\"value method called using a nil pointer\"))", dumping},
	{"runtime/error.go", "TypeAssertionError.Error", "return \"interface conversion: a value of another type\"", dumping},
	{"runtime/error.go", "printpanicval", "if s, ok := v.(string); ok { print(s) } else { print(\"a value\") }", dumping},
	{"runtime/mbitmap.go", "badPointer", "throw(\"found bad pointer in Go heap\")", dumping},
	{"runtime/tracebuf.go", "traceWriter.refill", "return w", tracing},
	{"runtime/tracebuf.go", "traceWriter.event", "return w", tracing},
	{"runtime/tracebuf.go", "traceBufFlush", "", tracing},
	{"runtime/traceevent.go", "traceEventWriter.event", "", tracing},
	{"runtime/traceallocfree.go", "traceLocker.SpanFree", "", tracing},
	{"internal/runtime/exithook/hooks.go", "Run", "", noExit},
}

// debugSwitches are GODEBUG's switches that are off unless an environment turns them on.
var debugSwitches = map[string]string{
	"gctrace": "0", "schedtrace": "0", "scheddetail": "0", "gccheckmark": "0", "gcpacertrace": "0", "scavtrace": "0", "inittrace": "0",
	"sbrk": "0", "clobberfree": "0", "efence": "0", "gcstoptheworld": "0", "checkfinalizers": "0", "tracebackancestors": "0",
	"gcshrinkstackoff": "0", "dontfreezetheworld": "0", "adaptivestackstart": "0", "malloc": "false",
}

// switchFiles read GODEBUG's switches, and have no change of their own above.
var switchFiles = []string{
	"runtime/mgc.go", "runtime/mgcpacer.go", "runtime/mgcscavenge.go", "runtime/panic.go", "runtime/stack.go", "runtime/mheap.go",
	"runtime/mbitmap.go", "runtime/mcleanup.go",
}

func byFile(entries []entry) map[string]map[string]string {
	files := map[string]map[string]string{}
	for _, file := range switchFiles {
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
