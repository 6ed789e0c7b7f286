internal import ArgumentParser

/// The program: flags, exit codes and printing. Each subcommand is a file in `Commands`.
@main
struct Detect: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects in pictures.",
    discussion: """
      `detect PATH…` is `detect run PATH…`. Results go to standard output, messages to standard \
      error.

      Exit codes: 0 all done, 1 some input failed, 64 usage, 65 model refused, 66 no input \
      readable, 70 internal error, 73 output cannot be created, 74 writing failed.
      """,
    version: version,
    subcommands: [
      RunCommand.self, ModelsCommand.self, InferCommand.self, DecodeCommand.self,
      BenchCommand.self, InfoCommand.self, CalibrateCommand.self, ConvertCommand.self,
      ExplainCommand.self, MergeCommand.self, PlanCommand.self, VerifyCommand.self,
      EvaluateCommand.self, CompareCommand.self, QuantizeCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() {
    StandardStreams.prepare()
    do {
      try CommandLineArguments.complete()
      var command = try parseAsRoot(CommandLineArguments.effective)
      try command.run()
    } catch let failure as CommandFailure {
      if let message = failure.message { StandardStreams.message(message) }
      Termination.now(failure.status)
    } catch {
      exit(withError: error)
    }
  }
}
