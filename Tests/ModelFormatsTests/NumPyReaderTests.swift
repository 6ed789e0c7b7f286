import ModelFormats
import Neural
import TestSupport
import Testing

@Suite struct NumPyReaderTests {
  /// A version 1.0 array with the given header text and data, unpadded.
  private func npy(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let count = header.utf8.count
    var bytes = [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(count & 0xff), UInt8(count >> 8)]
    if version > 1 { bytes += [0, 0] }
    return bytes + Array(header.utf8) + data
  }

  private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
  }

  private func read(_ bytes: [UInt8]) throws -> Tensor {
    try #require(NumPyReader.read(bytes: bytes, name: "x").first).tensor
  }

  @Test(arguments: [UInt8(1), 2, 3])
  func everyVersion(version: UInt8) throws {
    let tensor = try read(npy(header("<i2", "(2,)"), [1, 0, 2, 1], version: version))
    #expect(tensor.elementType == .int16)
    #expect(tensor.shape == [2])
    #expect(tensor.elements(Int16.self) == [1, 258])
  }

  @Test func bigEndian() throws {
    #expect(
      try read(npy(header(">f4", "(1,)"), [0x3f, 0x80, 0, 0])).elements(Float.self) == [1])
    #expect(try read(npy(header(">u2", "(2,)"), [0, 1, 1, 0])).elements(UInt16.self) == [1, 256])
    #expect(
      try read(npy(header(">i8", "()"), [255, 255, 255, 255, 255, 255, 255, 254]))
        .elements(Int64.self) == [-2])
  }

  @Test func fortranOrderBecomesCOrder() throws {
    let bytes: [UInt8] = Array(0..<24)
    let tensor = try read(npy(header("|u1", "(2, 3, 4)", fortran: true), bytes))
    #expect(tensor.shape == [2, 3, 4])
    // Element (i, j, k) of a Fortran-ordered array lies at i + 2 j + 6 k.
    var expected: [UInt8] = []
    for i in 0..<2 {
      for j in 0..<3 { for k in 0..<4 { expected.append(UInt8(i + 2 * j + 6 * k)) } }
    }
    #expect(tensor.elements(UInt8.self) == expected)
  }

  @Test(arguments: [
    ("?", ElementType.bool), ("|b1", .bool), ("|i1", .int8), ("u1", .uint8), ("<f2", .float16),
    ("=f4", .float32), ("<f8", .float64), ("<u4", .uint32), ("<u8", .uint64), ("<i4", .int32),
  ])
  func elementTypes(descriptor: String, type: ElementType) throws {
    let data = [UInt8](repeating: 0, count: 3 * type.byteCount)
    #expect(try read(npy(header(descriptor, "(3,)"), data)).elementType == type)
  }

  @Test func boolsAreNormalised() throws {
    #expect(try read(npy(header("|b1", "(3,)"), [0, 1, 7])).elements(UInt8.self) == [0, 1, 1])
  }

  @Test func headerForms() throws {
    for text in [
      #"{"shape":(1,2),"fortran_order":False,"descr":"|u1"}"#,
      "{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 1L , 2L , ) , }   \n",
    ] {
      #expect(try read(npy(text, [3, 4])).shape == [1, 2])
    }
    #expect(try read(npy(header("<f4", "(0, 5)"), [])).count == 0)
    #expect(try read(npy(header("|u1", "()"), [9])).shape == [])
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + {}",
    "{'descr': 'f4', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4\\x00', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551617,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    "__import__('os').system('true')",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 65)))}",
  ])
  func headersThatAreRefused(text: String) {
    #expect(throws: ModelError.self) { try read(npy(text, [0, 0, 0, 0])) }
  }

  @Test func dataOfAnotherLengthIsRefused() {
    for count in [0, 7, 9] {
      let data = [UInt8](repeating: 0, count: count)
      #expect(throws: ModelError.self) { try read(npy(header("<f4", "(2,)"), data)) }
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let whole = npy(header("<f4", "(2,)"), [0, 0, 0, 0, 0, 0, 0, 0])
    _ = try read(whole)
    for count in 0..<whole.count {
      #expect(throws: ModelError.self) { try read(Array(whole.prefix(count))) }
    }
  }

  @Test func objectArraysNameTheReason() {
    #expect {
      try read(npy(header("|O", "(1,)"), [0x80, 4]))
    } throws: {
      "\($0)".contains("pickled objects are not loaded")
    }
  }

  @Test func otherFilesAreNamed() {
    #expect {
      try read(Array("version https://git-lfs.github.com/spec/v1\n".utf8))
    } throws: {
      "\($0)".contains("git lfs pull")
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func corpus() throws {
    let files = try CorpusManifest.files(kind: "model", family: "npz")
    #expect(files.count > 40)
    for file in files {
      do {
        let tensors = try NumPyReader.read(path: file.path)
        #expect(file.expectation != .reject, "\(file.name) was read")
        if let count = file.fields["n_tensors"], !count.isEmpty {
          #expect(tensors.count == Int(count), "\(file.name)")
        }
      } catch {
        #expect(file.expectation != .load, "\(file.name): \(error)")
      }
    }
  }
}
