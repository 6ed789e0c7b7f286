#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where models are kept and looked for by name.
struct ModelFolders {
  /// Searched in this order; `models fetch` writes to the first.
  let folders: [String]

  /// `DETECT_MODELS` alone when it is set; else `models` in the working folder and the user's own
  /// data folder (`$XDG_DATA_HOME`, by default `~/.local/share`).
  init() {
    if let folder = Self.variable("DETECT_MODELS") {
      folders = [folder]
      return
    }
    let data = Self.variable("XDG_DATA_HOME") ?? Self.variable("HOME").map { $0 + "/.local/share" }
    folders = (data.map { ["\($0)/detect/models"] } ?? []) + ["models"]
  }

  /// Where a fetched model goes.
  var target: String { folders[0] }

  /// The path of an installed catalogue entry: the folder that has all its files.
  func installed(_ entry: Catalogue.Entry) -> String? {
    for folder in folders {
      let isComplete = entry.files.allSatisfy {
        FileStatus(InputPath("\(folder)/\($0.name)"))?.kind == .regular
      }
      if isComplete { return "\(folder)/\(entry.model)" }
    }
    return nil
  }

  /// The file that `--model` means: a path, the name of a catalogue entry, or the name of a model
  /// file in one of the folders, with or without its extension.
  ///
  /// - Throws: Exit 65.
  func path(forModel model: String) throws -> String {
    if FileStatus(InputPath(model)) != nil { return model }
    if let entry = Catalogue.builtIn[model] {
      if let path = installed(entry) { return path }
      throw CommandFailure(
        .refused, "model \(model) is not installed; get it with: detect models fetch \(model)")
    }
    if !model.contains("/") {
      for folder in folders {
        for suffix in ["", ".onnx", ".cfg"] {
          let path = "\(folder)/\(model)\(suffix)"
          if FileStatus(InputPath(path))?.kind == .regular { return path }
        }
      }
      throw CommandFailure(
        .refused,
        "no model \(model): neither a file, nor in \(folders.joined(separator: ", ")), "
          + "nor in the catalogue (detect models)")
    }
    throw CommandFailure(.refused, "\(model): no such file")
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
