internal import ArgumentParser
internal import Files
internal import StrictJSON

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The command line without the program's name, completed by what a configuration file and the
/// environment say. The command line comes first, then the environment, then the file.
enum CommandLineArguments {
  /// As they are obeyed. Set once, before anything is parsed.
  nonisolated(unsafe) private(set) static var effective: [String] = Array(
    CommandLine.arguments.dropFirst())

  /// Variables that are not flags.
  private static let reserved: Set<String> = ["DETECT_MODELS", "DETECT_ISA", "DETECT_FAULT"]

  /// - Throws: Exit 64 for a key or a value that no flag of the command takes, 65 when the file
  ///   cannot be read.
  static func complete() throws {
    let variables = environment()
    guard !variables.isEmpty || effective.contains(where: { $0.hasPrefix("--config") }) else {
      return
    }
    let names = Detect.configuration.subcommands
    let named = effective.first.flatMap { first in
      names.first { $0.configuration.commandName == first }
    }
    let table = ArgumentTable(of: named ?? RunCommand.self)
    let start = named == nil ? 0 : 1
    effective.insert(contentsOf: try added(to: effective, table, variables), at: start)
  }

  private static func added(
    to arguments: [String], _ table: ArgumentTable, _ variables: [(name: String, value: String)]
  ) throws -> [String] {
    let given = table.given(in: arguments)
    var taken = Set(given.map { plain($0.entry.name) })
    var added: [String] = []
    for (name, value) in variables {
      let flag = name.dropFirst("DETECT_".count).lowercased().map { $0 == "_" ? "-" : $0 }
      guard let entry = table.entry(named: String(flag)), !taken.contains(entry.name) else {
        continue
      }
      taken.insert(entry.name)
      if entry.isFlag {
        guard let isOn = truth(value) else {
          throw CommandFailure(.usage, "\(name) is \(value); it is 1 or 0")
        }
        added += switched(entry, isOn, table)
      } else {
        added.append("--\(entry.name)=\(value)")
      }
    }
    let file =
      given.last { $0.entry.name == "config" }?.value
      ?? variables.first { $0.name == "DETECT_CONFIG" }?.value
    if let file { added += try configured(file, table, taken: taken) }
    return added
  }

  /// The flags of a file that are not set otherwise.
  private static func configured(
    _ file: String, _ table: ArgumentTable, taken: Set<String>
  ) throws -> [String] {
    let json = try loading(file) {
      try JSONReader.parse(try RegularFile.read(file, byteLimit: 1 << 20))
    }
    guard let members = json.objectValue?.members else {
      throw CommandFailure(.refused, "\(file): a configuration is an object, not \(json.kind)")
    }
    var added: [String] = []
    for member in members {
      let name = String(member.key.map { $0 == "_" ? "-" : $0 })
      guard let entry = table.entry(named: name), name != "config" else {
        throw CommandFailure(.usage, "\(file): \(member.key): there is no flag --\(name)")
      }
      if taken.contains(plain(entry.name)) { continue }
      if case .bool(let isOn) = member.value, entry.isFlag {
        added += switched(entry, isOn, table)
      } else if let text = text(member.value), !entry.isFlag {
        added.append("--\(entry.name)=\(text)")
      } else {
        let wanted = entry.isFlag ? "true or false" : "a text, a number, or an array of them"
        throw CommandFailure(.usage, "\(file): \(member.key): \(wanted) expected")
      }
    }
    return added
  }

  /// A flag without the `no-` of its opposite.
  private static func plain(_ name: String) -> String {
    name.hasPrefix("no-") ? String(name.dropFirst(3)) : name
  }

  private static func switched(
    _ entry: ArgumentTable.Entry, _ isOn: Bool, _ table: ArgumentTable
  ) -> [String] {
    if isOn { return ["--\(entry.name)"] }
    return table.entry(named: "no-\(entry.name)") == nil ? [] : ["--no-\(entry.name)"]
  }

  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .array(let values):
      values.allSatisfy { text($0) != nil } ? values.compactMap(text).joined(separator: ",") : nil
    case .bool, .null, .object: nil
    }
  }

  private static func truth(_ value: String) -> Bool? {
    switch value.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off", "": false
    default: nil
    }
  }

  /// The variables that may stand for flags, by name.
  private static func environment() -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    var next = environ
    while let pointer = next.pointee {
      next += 1
      let text = String(cString: pointer)
      guard text.hasPrefix("DETECT_"), let equals = text.firstIndex(of: "=") else { continue }
      let name = String(text[..<equals])
      if !reserved.contains(name) {
        found.append((name, String(text[text.index(after: equals)...])))
      }
    }
    return found.sorted { $0.name < $1.name }
  }
}
