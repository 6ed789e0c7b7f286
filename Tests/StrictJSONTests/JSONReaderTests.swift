import StrictJSON
import TestSupport
import Testing

@Suite struct JSONReaderTests {
  @Test func readsEveryKindOfValue() throws {
    let value = try JSONReader.parse(
      #" { "a" : [ 1, -2, 1.5, 1e3, true, false, null ], "b":{}, "c":"x" } "#)
    let expected: JSONValue = [
      "a": [1, -2, 1.5, 1000.0, true, false, nil], "b": [:], "c": "x",
    ]
    #expect(value == expected)
    #expect(value["a"]?.arrayValue?.count == 7)
    #expect(value["c"]?.stringValue == "x")
    #expect(value["none"] == nil)
  }

  @Test func keepsTheOrderOfMembers() throws {
    let text = #"{"z":1,"a":2,"m":3}"#
    #expect(try JSONWriter.string(of: JSONReader.parse(text)) == text)
  }

  @Test(arguments: [
    ("0", JSONValue.integer(0)), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("-0", .number(-0.0)), ("1.0", .number(1)), ("1e2", .number(100)),
    ("5e-324", .number(.leastNonzeroMagnitude)),
    ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
    ("0.1", .number(0.1)), ("1E+2", .number(100)),
  ])
  func numbers(text: String, expected: JSONValue) throws {
    let value = try JSONReader.parse(text)
    #expect(value == expected)
    if case (.number(let a), .number(let b)) = (value, expected) {
      #expect(a.bitPattern == b.bitPattern)
    }
  }

  @Test func numbersBelowTheRangeBecomeZero() throws {
    #expect(try JSONReader.parse("1e-400") == .number(0))
  }

  @Test(arguments: ["1e400", "-1e400", "1" + String(repeating: "0", count: 400)])
  func numbersAboveTheRangeAreRefused(text: String) {
    #expect {
      try JSONReader.parse(text)
    } throws: {
      if case JSONError.numberOutOfRange = $0 { true } else { false }
    }
  }

  @Test(arguments: [
    "", " ", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "nul",
    "[1,]", "[,1]", "[1 2]", "[", "]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
    "{'a':1}", "[1]]", "1 2", "\"", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"a\nb\"",
    "\u{feff}1", "[1]\u{0}", "// c\n1", "\"\u{1f}\"",
  ])
  func departuresFromTheGrammarAreRefused(text: String) {
    #expect {
      try JSONReader.parse(text)
    } throws: {
      if case JSONError.syntax = $0 { true } else { false }
    }
  }

  @Test(
    arguments: [
      ([0x22, 0x80, 0x22], false), ([0x22, 0xc0, 0x80, 0x22], false), ([0x22, 0xc2, 0x22], false),
      ([0x22, 0xe0, 0x9f, 0xbf, 0x22], false), ([0x22, 0xed, 0xa0, 0x80, 0x22], false),
      ([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], false), ([0x22, 0xf0, 0x9f, 0x98], false),
      ([0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], false), ([0x22, 0xe2, 0x82, 0x22, 0x22], false),
      ([0x22, 0xc3, 0xa9, 0x22], true), ([0x22, 0xe2, 0x82, 0xac, 0x22], true),
      ([0x22, 0xf0, 0x9f, 0x98, 0x80, 0x22], true), ([0x22, 0xed, 0x9f, 0xbf, 0x22], true),
      ([0x22, 0xf4, 0x8f, 0xbf, 0xbf, 0x22], true),
    ] as [([UInt8], Bool)])
  func onlyWellFormedUTF8IsRead(bytes: [UInt8], isWellFormed: Bool) throws {
    guard isWellFormed else {
      #expect {
        try JSONReader.parse(bytes)
      } throws: {
        if case JSONError.invalidUTF8 = $0 { true } else { false }
      }
      return
    }
    let expected = String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
    #expect(try JSONReader.parse(bytes) == .string(expected))
  }

  @Test func escapes() throws {
    let text = #""a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00z""#
    #expect(
      try JSONReader.parse(text) == "a\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{1f600}z")
  }

  @Test(arguments: [
    #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#,
    #""\ude00\ud83d""#, #""\ud83d\u0041""#,
  ])
  func loneSurrogatesAreRefused(text: String) {
    #expect {
      try JSONReader.parse(text)
    } throws: {
      if case JSONError.loneSurrogate = $0 { true } else { false }
    }
  }

  @Test func duplicateKeys() throws {
    let text = #"{"a":1,"b":2,"a":3}"#
    #expect {
      try JSONReader.parse(text)
    } throws: {
      $0 as? JSONError
        == .duplicateKey(JSONPosition(line: 1, column: 14, offset: 13), key: "a")
    }
    let kept = try JSONReader.parse(text, options: .init(duplicateKeys: .keepFirst))
    #expect(kept == ["a": 1, "b": 2])
  }

  @Test(arguments: [5, 16, 17, 18, 40])
  func duplicateKeysAreFoundInObjectsOfAnySize(count: Int) throws {
    for repeated in [0, count / 2, count - 1] {
      let members = (0..<count).map { "\"k\($0)\":\($0)" }
      #expect(
        try JSONReader.parse("{" + members.joined(separator: ",") + "}").objectValue?.members.count
          == count)
      let text = "{" + (members + ["\"k\(repeated)\":0"]).joined(separator: ",") + "}"
      #expect(throws: JSONError.self) { try JSONReader.parse(text) }
      #expect(
        try JSONReader.parse(text, options: .init(duplicateKeys: .keepFirst)).objectValue?
          .members.count == count)
    }
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
  func depthIsLimited(opening: String, closing: String) throws {
    func nested(_ depth: Int) -> String {
      String(repeating: opening, count: depth) + (opening == "[" ? "" : "1")
        + String(repeating: closing, count: depth)
    }
    _ = try JSONReader.parse(nested(100))
    for depth in [101, 100_000] {
      #expect {
        try JSONReader.parse(nested(depth))
      } throws: {
        if case JSONError.nestingTooDeep(_, limit: 100) = $0 { true } else { false }
      }
    }
  }

  @Test func lengthIsLimited() {
    #expect(throws: JSONError.tooLarge(byteCount: 5, byteLimit: 4)) {
      try JSONReader.parse("[1,2]", options: .init(byteLimit: 4))
    }
  }

  @Test func everySingleByteChangeIsReadOrRefused() throws {
    let text = Array(#"{"a":[1,-2.5e3,"\ud83d\ude00\n",true,null],"\#u{e9}":{"b":false}}"#.utf8)
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var altered = text
        altered[index] = byte
        guard let value = try? JSONReader.parse(altered) else { continue }
        #expect(try JSONReader.parse(JSONWriter.bytes(of: value)) == value)
      }
      #expect(throws: JSONError.self) { try JSONReader.parse(Array(text.prefix(index))) }
    }
  }

  @Test func errorsNameThePlace() {
    #expect {
      try JSONReader.parse("{\n  \"a\": 1,\n  \"b\" 2\n}")
    } throws: {
      "\($0)" == "line 3, column 7: expected ':'"
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func corpus() throws {
    let files = try CorpusManifest.files(kind: "model", family: "json")
    #expect(files.count > 100)
    for file in files {
      let bytes = try TestFiles.bytes(file.path)
      let isRead = (try? JSONReader.parse(bytes)) != nil
      switch file.expectation {
      case .load: #expect(isRead, "\(file.path)")
      case .reject: #expect(!isRead, "\(file.path)")
      default: break
      }
    }
  }
}
