import Neural
import Testing

@Suite struct TensorTests {
  /// Elements that someone else keeps, at an address that no vector is aligned to.
  private final class Kept: TensorBytes, @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer

    init(_ values: [Float]) {
      memory = .allocate(byteCount: 4 * values.count + 4, alignment: 64)
      for (index, value) in values.enumerated() {
        memory.storeBytes(of: value, toByteOffset: 4 + 4 * index, as: Float.self)
      }
    }

    deinit { memory.deallocate() }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
      try body(UnsafeRawBufferPointer(rebasing: memory[4...]))
    }
  }

  private func floats(_ tensor: Tensor) -> [Float] {
    tensor.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  @Test func borrowedElementsAreReadWhereTheyAre() throws {
    let kept = Kept([1, 2, 3, 4, 5, 6])
    let tensor = try Tensor(borrowing: kept, elementType: .float32, shape: [2, 3])
    #expect(floats(tensor) == [1, 2, 3, 4, 5, 6])
    #expect(try floats(tensor.reshaped([3, 2])) == [1, 2, 3, 4, 5, 6])
    let address = tensor.withUnsafeBytes { $0.baseAddress }
    #expect(address == kept.withUnsafeBytes { $0.baseAddress })
  }

  @Test func writingLeavesBorrowedElementsAsTheyAre() throws {
    let kept = Kept([1, 2, 3])
    var tensor = try Tensor(borrowing: kept, elementType: .float32, shape: [3])
    for value: Float in [7, 8] {
      try tensor.withUnsafeMutableBytes { $0.storeBytes(of: value, as: Float.self) }
      #expect(floats(tensor) == [value, 2, 3])
    }
    #expect(kept.withUnsafeBytes { $0.load(as: Float.self) } == 1)
  }

  @Test func writingLeavesCopiesAsTheyAre() throws {
    var tensor = try Tensor(zeros: .float32, shape: [2])
    let copy = tensor
    try tensor.withUnsafeMutableBytes { $0.storeBytes(of: Float(7), as: Float.self) }
    #expect(floats(tensor) == [7, 0])
    #expect(floats(copy) == [0, 0])
  }

  @Test func ownedElementsAreAligned() throws {
    let tensor = try Tensor(
      borrowing: Kept([1, 2, 3, 4]), elementType: .float32, shape: [4]
    ).owned()
    #expect(floats(tensor) == [1, 2, 3, 4])
    #expect(tensor.withUnsafeBytes { Int(bitPattern: $0.baseAddress) % 64 } == 0)
  }

  @Test(arguments: [[2], [4], [-3], [3, Int.max]])
  func anotherNumberOfBytesIsRefused(_ shape: [Int]) {
    #expect(throws: TensorError.self) {
      try Tensor(borrowing: Kept([1, 2, 3]), elementType: .float32, shape: shape)
    }
  }
}
