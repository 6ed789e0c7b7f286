internal import ArgumentParser
internal import StrictJSON

/// The flags of a command as the parser declares them, for those who must know them all: the state
/// of a run, configuration files, environment variables.
struct ArgumentTable {
  struct Entry: Equatable {
    /// Without dashes.
    let name: String
    let isFlag: Bool
    let isRepeating: Bool
  }

  let entries: [Entry]
  private var byName: [String: Entry] = [:]

  init(of command: any ParsableCommand.Type) {
    let help = try? JSONReader.parse(command._dumpHelp())
    var entries: [Entry] = []
    for argument in help?["command"]?["arguments"]?.arrayValue ?? [] {
      guard let kind = argument["kind"]?.stringValue, kind != "positional",
        let name = argument["preferredName"]?["name"]?.stringValue
      else { continue }
      let entry = Entry(
        name: name, isFlag: kind == "flag", isRepeating: argument["isRepeating"] == true)
      entries.append(entry)
      for spelling in argument["names"]?.arrayValue ?? [] {
        guard let text = spelling["name"]?.stringValue else { continue }
        byName[(spelling["kind"] == "short" ? "-" : "--") + text] = entry
      }
    }
    self.entries = entries
  }

  func entry(named name: String) -> Entry? { byName["--" + name] }

  /// The flags in a command line, in its order, each with its value where it has one; what is not
  /// one of the command's flags is left out.
  func given(in arguments: [String]) -> [(entry: Entry, value: String?)] {
    var given: [(Entry, String?)] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      if argument == "--" { break }
      guard argument.hasPrefix("-"), argument != "-" else { continue }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if let entry = byName[String(parts[0])] {
        if entry.isFlag {
          given.append((entry, nil))
        } else if parts.count == 2 {
          given.append((entry, String(parts[1])))
        } else {
          given.append((entry, index < arguments.count ? arguments[index] : nil))
          index += 1
        }
      } else if !argument.hasPrefix("--") {
        // Short flags in one word.
        for letter in argument.dropFirst() {
          guard let entry = byName["-\(letter)"] else { break }
          given.append((entry, nil))
        }
      }
    }
    return given
  }
}
