import CKernels
import TestSupport
import Testing

/// The instruction sets of the kernels, as test arguments.
enum KernelSet: String, CaseIterable, CustomTestStringConvertible {
  case portable, avx2, avx512

  var isa: ck_isa {
    switch self {
    case .portable: CK_ISA_PORTABLE
    case .avx2: CK_ISA_AVX2
    case .avx512: CK_ISA_AVX512
    }
  }
  var lanes: Int { Int(ck_isa_lanes(isa)) }
  var testDescription: String { rawValue }

  static var available: [KernelSet] { allCases.filter { ck_isa_available($0.isa) == 1 } }
}

@Suite struct KernelSetTests {
  @Test(.enabled(if: KernelSet.available.contains(.avx2), "this processor has no AVX2"))
  func reaches256Bits() { #expect(KernelSet.avx2.lanes == 8) }

  @Test(.enabled(if: KernelSet.available.contains(.avx512), "this processor has no AVX-512"))
  func reaches512Bits() { #expect(KernelSet.avx512.lanes == 16) }
}

/// Sizes of a picture in a test; `border` is that of the blocked tensor.
struct PictureShape: Sendable, CustomTestStringConvertible {
  var batch = 1
  var channels: Int
  var height: Int
  var width: Int
  var border = 0

  var count: Int { batch * channels * height * width }
  var pixels: Int { height * width }
  var testDescription: String { "\(batch)x\(channels)x\(height)x\(width) border \(border)" }

  /// Around the block and vector widths, one-pixel axes, no border and thick ones.
  static let awkward = [
    PictureShape(channels: 1, height: 1, width: 1),
    PictureShape(channels: 16, height: 1, width: 1, border: 1),
    PictureShape(batch: 2, channels: 17, height: 1, width: 7, border: 1),
    PictureShape(batch: 3, channels: 3, height: 5, width: 1),
    PictureShape(channels: 8, height: 4, width: 16, border: 3),
    PictureShape(batch: 2, channels: 24, height: 3, width: 33, border: 2),
    PictureShape(channels: 33, height: 7, width: 5),
    PictureShape(channels: 16, height: 20, width: 20, border: 1),
    PictureShape(channels: 31, height: 9, width: 48, border: 1),
  ]
}

/// A blocked tensor in memory of its own, whose borders are checked to stay zero.
final class BlockedPlanes {
  let shape: PictureShape
  let lanes: Int
  private let memory: UnsafeMutablePointer<Float>
  private let planes: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let planeCount: Int
  private let planeLength: Int

  /// Lanes past the channels are filled with `padding`.
  init(_ set: KernelSet, _ shape: PictureShape, values: [Float]? = nil, padding: Float = 0) {
    self.shape = shape
    lanes = set.lanes
    let blocks = (shape.channels + lanes - 1) / lanes
    planeCount = shape.batch * blocks
    let rowLength = (shape.width + 2 * shape.border) * lanes
    planeLength = (shape.height + 2 * shape.border) * rowLength
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(planeCount * planeLength * 4, 64), alignment: 64
    ).bindMemory(to: Float.self, capacity: planeCount * planeLength)
    memory.initialize(repeating: 0, count: planeCount * planeLength)
    planes = .allocate(capacity: max(planeCount, 1))
    for i in 0..<planeCount {
      planes[i] = memory + i * planeLength + shape.border * (rowLength + lanes)
    }
    for n in 0..<shape.batch {
      for c in 0..<blocks * lanes {
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            pointer(n, c, y, x).pointee =
              c >= shape.channels
              ? padding
              : values.map {
                $0[((n * shape.channels + c) * shape.height + y) * shape.width + x]
              } ?? 0
          }
        }
      }
    }
  }

  deinit {
    memory.deallocate()
    planes.deallocate()
  }

  var blocked: ck_blocked {
    ck_blocked(
      batch: Int32(shape.batch), channels: Int32(shape.channels), height: Int32(shape.height),
      width: Int32(shape.width), border: Int32(shape.border), pitch: 0, planes: planes)
  }

  private func pointer(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    let blocks = (shape.channels + lanes - 1) / lanes
    let row = (shape.width + 2 * shape.border) * lanes
    return planes[n * blocks + c / lanes]! + y * row + x * lanes + c % lanes
  }

  /// The picture as `[batch][channels][height][width]`.
  func planar() -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(shape.count)
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width { result.append(pointer(n, c, y, x).pointee) }
        }
      }
    }
    return result
  }

  /// Expects a zero border and finite lanes past the channels.
  func expectIntact(sourceLocation: SourceLocation = #_sourceLocation) {
    let row = shape.width + 2 * shape.border
    var dirty = 0
    for i in 0..<planeCount * planeLength {
      let pixel = i % planeLength / lanes
      let (y, x) = (pixel / row - shape.border, pixel % row - shape.border)
      let inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width
      let channel = i / planeLength % ((shape.channels + lanes - 1) / lanes) * lanes + i % lanes
      if !inside && memory[i] != 0 { dirty += 1 }
      if inside && channel >= shape.channels && !memory[i].isFinite { dirty += 1 }
    }
    #expect(dirty == 0, "border or padding lanes", sourceLocation: sourceLocation)
  }
}

/// An array at a fixed place, as operations need that are bound to it now and run later.
final class KernelMemory<Element> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(_ values: [Element]) {
    count = values.count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(from: values, count: count)
  }

  convenience init(repeating value: Element, count: Int) {
    self.init([Element](repeating: value, count: count))
  }

  deinit { pointer.deallocate() }

  var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// Runs an operation once and destroys it; `memory` stays alive until then.
func runKernel(
  _ operation: UnsafeMutablePointer<ck_op>?, keeping memory: [AnyObject], threads: Int32 = 2,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let operation = try #require(operation, sourceLocation: sourceLocation)
  defer { ck_op_destroy(operation) }
  let pool = try #require(ck_pool_create(threads), sourceLocation: sourceLocation)
  defer { ck_pool_destroy(pool) }
  withExtendedLifetime(memory) {
    withUnsafePointer(to: &operation.pointee.steps.0) {
      let done = ck_pool_run(pool, $0, operation.pointee.step_count, nil)
      #expect(done == 1, sourceLocation: sourceLocation)
    }
  }
}

/// Row-major strides of an array of that shape.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
  return strides
}
