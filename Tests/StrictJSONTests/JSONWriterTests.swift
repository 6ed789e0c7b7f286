import StrictJSON
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  private let value: JSONValue = [
    "name": "a\"b\\c\u{1}\n\u{e9}", "box": [1, 2.5, -0.0], "empty": [], "none": [:],
    "items": [["id": 1], ["id": 2]], "flag": true, "error": nil,
  ]

  @Test func compact() throws {
    #expect(
      try JSONWriter.string(of: value)
        == #"{"name":"a\"b\\c\u0001\n"# + "\u{e9}" + #"","box":[1,2.5,-0.0],"empty":[],"#
        + #""none":{},"items":[{"id":1},{"id":2}],"flag":true,"error":null}"#)
  }

  @Test func pretty() throws {
    let value: JSONValue = ["box": [1, 2.5], "empty": [], "none": [:], "items": [["id": 1]]]
    #expect(
      try JSONWriter.string(of: value, style: .pretty) == """
        {
          "box": [1, 2.5],
          "empty": [],
          "none": {},
          "items": [
            {
              "id": 1
            }
          ]
        }
        """)
  }

  @Test(arguments: [JSONWriter.Style.compact, .pretty])
  func whatIsWrittenIsReadBack(style: JSONWriter.Style) throws {
    #expect(try JSONReader.parse(JSONWriter.bytes(of: value, style: style)) == value)
  }

  @Test(arguments: [
    0.0, -0.0, 1, 0.1, 1e-7, 1e16, 1e22, 123_456_789.123, .leastNonzeroMagnitude,
    .greatestFiniteMagnitude, 1e100,
    -2.5e-10,
  ])
  func doublesComeBackBitForBit(number: Double) throws {
    let bytes = try JSONWriter.bytes(of: .number(number))
    let read = try #require(JSONReader.parse(bytes).doubleValue)
    #expect(read.bitPattern == number.bitPattern)
  }

  @Test func everyControlCharacterComesBack() throws {
    let text = String(String.UnicodeScalarView((0..<0x100).map { Unicode.Scalar(UInt8($0)) }))
    #expect(try JSONReader.parse(JSONWriter.bytes(of: .string(text))) == .string(text))
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan])
  func nonFiniteNumbersAreRefused(number: Double) {
    #expect {
      try JSONWriter.bytes(of: [.number(number)])
    } throws: {
      if case JSONError.nonFinite = $0 { true } else { false }
    }
    var output: [UInt8] = []
    #expect(throws: JSONError.self) { try JSONWriter.append(Float(number), to: &output) }
    #expect(output.isEmpty)
  }

  @Test func floatsAreShortestAsFloats() throws {
    var output: [UInt8] = []
    try JSONWriter.append(Float(0.1), to: &output)
    #expect(output == Array("0.1".utf8))
  }

  @Test func depthIsLimited() throws {
    func nested(_ depth: Int) -> JSONValue {
      (1..<depth).reduce([]) { value, _ in [value] }
    }
    _ = try JSONWriter.bytes(of: nested(100))
    #expect(throws: JSONError.valueTooDeep(limit: 100)) {
      try JSONWriter.bytes(of: nested(101))
    }
  }
}
