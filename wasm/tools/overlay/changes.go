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
	plugins   = "types are the same twice only in a program of several modules, one with plugins"
	arena     = "user arenas need GOEXPERIMENT=arenas"
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
