package import StrictJSON
import Testing

/// A file of numeric test vectors under `Fixtures/spec`; a missing key fails the test.
package struct SpecVectors {
  package let root: JSONValue

  package init(_ name: String) throws {
    root = try JSONReader.parse(TestFiles.bytes(TestFiles.fixture("spec/" + name)))
  }
}

extension JSONValue {
  /// The member at `key`.
  package func member(
    _ key: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> JSONValue {
    try #require(self[key], "no member \(key)", sourceLocation: sourceLocation)
  }

  /// All numbers of a (nested) array or the number itself, in order.
  package var numbers: [Double] {
    if let values = arrayValue { return values.flatMap(\.numbers) }
    return doubleValue.map { [$0] } ?? []
  }

  package var floats: [Float] { numbers.map { Float($0) } }

  package var integers: [Int] { numbers.map { Int($0) } }
}
