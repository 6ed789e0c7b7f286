/// The list of odd and broken files in `../shared/corpus`, with what must come of each.
package enum CorpusManifest {
  package enum Expectation: String, Sendable {
    case decode, dims, load, reject, either, data
  }

  package struct File: Sendable {
    /// Where it lies, ready to be opened.
    package var path: String
    package var name: String
    package var expectation: Expectation
    package var fields: [String: String]
  }

  /// The files of one kind (`png`, `jpeg`, `model`) and, if given, one family, in manifest order.
  ///
  /// Only call where `TestFiles.shared` is present.
  package static func files(kind: String, family: String? = nil) throws -> [File] {
    let corpus = (TestFiles.shared ?? "") + "/corpus/"
    let text = String(decoding: try TestFiles.bytes(corpus + "MANIFEST.tsv"), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let header = lines.first?.split(separator: "\t").map(String.init) ?? []
    return lines.dropFirst().compactMap { line in
      let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let fields = Dictionary(zip(header, values), uniquingKeysWith: { first, _ in first })
      guard fields["kind"] == kind, family == nil || fields["family"] == family,
        let path = fields["path"], let expectation = Expectation(rawValue: fields["expect"] ?? "")
      else { return nil }
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return File(path: corpus + path, name: name, expectation: expectation, fields: fields)
    }
  }
}
