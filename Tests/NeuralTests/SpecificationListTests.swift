import FoundationEssentials
import StrictJSON
import TestSupport
import Testing

/// `Conformance/vectors.md` lists every key of the specification's files, and tests that exist.
@Suite struct SpecificationListTests {
  private struct Row {
    var file: String
    var keys: [String]
    /// `Suite.function`; none where the work is still to come.
    var tests: [String]
    var remark: Substring
  }

  private let rows: [Row]

  init() throws {
    let text = String(
      decoding: try TestFiles.bytes(TestFiles.root + "/Conformance/vectors.md"), as: UTF8.self)
    rows = text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.drop(while: { $0 == " " }) }
      guard cells.count == 3, let first = cells[0].first, first.isNumber else { return nil }
      let named = cells.map { cell in
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      }
      return Row(
        file: String(cells[0].filter { $0 != " " }), keys: named[1], tests: named[2],
        remark: cells[2])
    }
  }

  /// `a` for what is no object, `a.b` within objects.
  private func paths(_ json: JSONValue, _ prefix: String = "") -> [String] {
    (json.objectValue?.members ?? []).flatMap { member -> [String] in
      let path = prefix.isEmpty ? member.key : prefix + "." + member.key
      return member.value.objectValue == nil ? [path] : paths(member.value, path)
    }
  }

  @Test(arguments: [
    "08_activations", "09_packing", "10_stochastic", "11_flash", "12_upsampling",
  ])
  func everyKeyIsListed(_ file: String) throws {
    let keys = rows.filter { $0.file == file }.flatMap(\.keys)
    let found = paths(try SpecVectors(file + ".json").root)
    try #require(!found.isEmpty)
    for path in found {
      let listed = keys.filter { path == $0 || path.hasPrefix($0 + ".") }
      #expect(listed.count == 1, "\(file): \(path)")
    }
    for key in keys {
      #expect(found.contains { $0 == key || $0.hasPrefix(key + ".") }, "\(file): no \(key)")
    }
  }

  @Test func everyTestExists() throws {
    let folder = TestFiles.root + "/Tests"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    for row in rows {
      #expect(!row.keys.isEmpty && (!row.tests.isEmpty || row.remark.hasPrefix("training, later")))
      for test in row.tests {
        let parts = test.split(separator: ".")
        try #require(parts.count == 2, "\(test)")
        let file = try #require(names.first { $0.hasSuffix("/\(parts[0]).swift") }, "\(test)")
        let source = String(decoding: try TestFiles.bytes(folder + "/" + file), as: UTF8.self)
        #expect(source.contains("func \(parts[1])("), "\(test)")
      }
    }
  }
}
