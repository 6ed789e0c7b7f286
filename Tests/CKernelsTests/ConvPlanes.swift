import CKernels

/// A blocked tensor with its own planes, filled from and read back to planar order.
///
/// Lanes past `channels` hold a finite value that must not matter; the border is zero.
final class ConvPlanes {
  let batch: Int
  let channels: Int
  let height: Int
  let width: Int
  let border: Int
  let lanes: Int
  private let memory: UnsafeMutablePointer<Float>
  private let planes: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let planeSize: Int

  init(
    isa: ck_isa, batch: Int = 1, channels: Int, height: Int, width: Int, border: Int,
    values: [Float]? = nil
  ) {
    (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
    (self.border, lanes) = (border, Int(ck_isa_lanes(isa)))
    let count = batch * ((channels + lanes - 1) / lanes)
    planeSize = (height + 2 * border) * (width + 2 * border) * lanes
    let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * count * planeSize, alignment: 64)
    memory = raw.bindMemory(to: Float.self, capacity: count * planeSize)
    memory.initialize(repeating: 0, count: count * planeSize)
    planes = .allocate(capacity: count)
    let first = (border * (width + 2 * border) + border) * lanes
    for plane in 0..<count {
      (planes + plane).initialize(to: memory + plane * planeSize + first)
      for y in 0..<height {
        for i in 0..<width * lanes { planes[plane]![y * row + i] = 77 }
      }
    }
    guard let values else { return }
    for (index, value) in values.enumerated() { self[index] = value }
  }

  deinit {
    memory.deallocate()
    planes.deallocate()
  }

  var row: Int { (width + 2 * border) * lanes }

  var blocked: ck_blocked {
    ck_blocked(
      batch: Int32(batch), channels: Int32(channels), height: Int32(height), width: Int32(width),
      border: Int32(border), pitch: 0, planes: UnsafePointer(planes))
  }

  /// Element of the planar order `[batch][channels][height][width]`.
  private subscript(planar: Int) -> Float {
    get { planes[place(planar).plane]![place(planar).offset] }
    set { planes[place(planar).plane]![place(planar).offset] = newValue }
  }

  private func place(_ planar: Int) -> (plane: Int, offset: Int) {
    let x = planar % width
    let y = planar / width % height
    let channel = planar / (width * height) % channels
    let picture = planar / (width * height * channels)
    let blocks = (channels + lanes - 1) / lanes
    return (picture * blocks + channel / lanes, y * row + x * lanes + channel % lanes)
  }

  var values: [Float] { (0..<batch * channels * height * width).map { self[$0] } }

  var borderIsZero: Bool {
    let count = batch * ((channels + lanes - 1) / lanes)
    for plane in 0..<count {
      for i in 0..<planeSize where memory[plane * planeSize + i] != 0 {
        let y = i / row - border
        let x = i % row / lanes - border
        if y < 0 || y >= height || x < 0 || x >= width { return false }
      }
    }
    return true
  }
}
