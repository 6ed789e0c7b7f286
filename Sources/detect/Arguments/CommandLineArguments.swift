/// The command line without the program's name.
enum CommandLineArguments {
  /// As it is obeyed.
  static var effective: [String] { Array(CommandLine.arguments.dropFirst()) }
}
