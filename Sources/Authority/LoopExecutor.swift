/// Where actors of the authority run: an event loop, which is both kinds of executor.
///
/// As a serial executor it isolates its actors. As a task executor it is where their suspended
/// tasks resume: without that preference a continuation goes through the global pool and back.
package typealias LoopExecutor = SerialExecutor & TaskExecutor
