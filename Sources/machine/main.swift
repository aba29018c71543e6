import Foundation
import MachineCLI

exit(await MachineProgram.main(CommandLine.arguments, environment: ProcessInfo.processInfo.environment))
