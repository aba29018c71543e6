import Foundation
import MachineCLI

/// Ctrl-C and SIGTERM cancel what is under way, so that it can take down what it made. A second one ends at once.
let work = Task { await MachineProgram.run(CommandLine.arguments, environment: ProcessInfo.processInfo.environment) }
var sources: [any DispatchSourceSignal] = []
for number in [SIGINT, SIGTERM, SIGHUP] {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
    source.setEventHandler {
        signal(number, SIG_DFL)
        work.cancel()
    }
    source.resume()
    sources.append(source)
}
Task { exit(await work.value) }
dispatchMain()
