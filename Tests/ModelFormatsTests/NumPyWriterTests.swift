import ModelFormats
import Neural
import TestSupport
import Testing

@Suite struct NumPyWriterTests {
  private func tensors() throws -> [NamedTensor] {
    [
      NamedTensor(name: "/model/out", tensor: try Tensor([1, -2, 0.5] as [Float], shape: [1, 3])),
      NamedTensor(name: "shape", tensor: try Tensor(vector: [4, 5])),
      NamedTensor(name: "caf\u{e9}", tensor: try Tensor(zeros: .bool, shape: [])),
      NamedTensor(name: "empty", tensor: try Tensor(zeros: .float64, shape: [0, 7])),
    ]
  }

  @Test func npyHasTheBytesThatNumPyWrites() throws {
    let bytes = try NumPyWriter.npy(Tensor([1, 2] as [Float], shape: [2]))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
    #expect(bytes.count == 128 + 8)
    #expect(Array(bytes[0..<10]) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0])
    #expect(
      String(decoding: bytes[10..<128], as: UTF8.self)
        == header + String(repeating: " ", count: 117 - header.utf8.count) + "\n")
    #expect(Array(bytes[128...]) == [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40])
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let written = try tensors()
    let read = try NumPyReader.read(bytes: NumPyWriter.npz(written), name: "")
    #expect(read.map(\.name) == written.map(\.name))
    for (a, b) in zip(read, written) {
      #expect(a.tensor.elementType == b.tensor.elementType)
      #expect(a.tensor.shape == b.tensor.shape)
      #expect(a.tensor.floats() == b.tensor.floats())
    }
  }

  @Test func sameTensorsSameBytes() throws {
    #expect(try NumPyWriter.npz(tensors()) == NumPyWriter.npz(tensors()))
  }

  @Test func bfloat16IsWidened() throws {
    var tensor = try Tensor(zeros: .bfloat16, shape: [2])
    try tensor.withUnsafeMutableBytes { $0.copyBytes(from: [0x80, 0x3f, 0x00, 0xc0]) }
    let read = try NumPyReader.read(bytes: NumPyWriter.npy(tensor), name: "x")
    #expect(read[0].tensor.elementType == .float32)
    #expect(read[0].tensor.floats() == [1, -2])
  }

  @Test func namesThatCannotStandAreRefused() throws {
    let tensor = try Tensor(zeros: .uint8, shape: [1])
    for names in [["a", "a"], [""], ["a\u{0}b"], ["a\nb"]] {
      #expect(throws: ModelError.self) {
        try NumPyWriter.npz(names.map { NamedTensor(name: $0, tensor: tensor) })
      }
    }
  }
}
