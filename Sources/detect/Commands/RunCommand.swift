internal import ArgumentParser

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Find objects.")
  @Argument var paths: [String] = []
}
