/// Adds the columns of sliding blocks back into pictures (ONNX's Col2Im, PyTorch's fold).
///
/// Inputs: x `[N, C * blockArea, blocks]`, Float32; the pictures' spatial sizes and the block's
/// sizes, constant vectors. Output: `[N, C, spatial...]`; where blocks overlap they are added, in
/// Float64.
package struct ColumnsToImage: Operator, Hashable {
  /// One entry per spatial axis; `nil` for ones.
  package var strides: [Int]?
  package var dilations: [Int]?
  /// Begins, then ends; `nil` for zeros.
  package var pads: [Int]?

  package init(strides: [Int]?, dilations: [Int]?, pads: [Int]?) {
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
  }

  package var name: String { "Col2Im" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let x = try inputs.floatType(0, "x")
    let image = try inputs.integers(1, "image_shape")
    let window = try window(block: try inputs.integers(2, "block_shape"))
    let area = try window.kernel.reduce(1) { try Checked.product($0, $1, "block_shape") }
    guard image.count == window.kernel.count, image.allSatisfy({ $0 > 0 }) else {
      throw OperatorError.invalidInput("picture \(image) for a block of \(window.kernel)")
    }
    let blocks = try window.outputSize(image).reduce(1) { try Checked.product($0, $1, "blocks") }
    guard x.shape.count == 3, x.shape[1] % area == 0, x.shape[2] == blocks else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), needs [N, a multiple of \(area), \(blocks)]")
    }
    return [try .output(.float32, [x.shape[0], x.shape[1] / area] + image)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let window = try window(block: try required(inputs, 2).integers())
    let (image, blocks) = (Array(type.shape[2...]), x.shape[2])
    let grid = try window.outputSize(image)
    let area = window.kernel.reduce(1, *)
    let pixels = image.reduce(1, *)
    var sums = [Double](repeating: 0, count: type.shape.reduce(1, *))
    x.withElements(Float.self) { x in
      for tap in 0..<area {
        let offset = Self.position(tap, in: window.kernel)
        for block in 0..<blocks {
          let place = Self.position(block, in: grid)
          var pixel = 0
          var isInside = true
          for axis in image.indices {
            let at =
              place[axis] * window.strides[axis] + offset[axis] * window.dilations[axis]
              - window.padsBegin[axis]
            isInside = isInside && (0..<image[axis]).contains(at)
            pixel = pixel * image[axis] + at
          }
          guard isInside else { continue }
          for plane in 0..<type.shape[0] * type.shape[1] {
            sums[plane * pixels + pixel] += Double(x[(plane * area + tap) * blocks + block])
          }
        }
      }
    }
    return [try Tensor(sums.map { Float($0) }, shape: type.shape)]
  }

  private func window(block: [Int]) throws -> SpatialWindow {
    let axes = block.count
    let ones = [Int](repeating: 1, count: axes)
    let pads = pads ?? [Int](repeating: 0, count: 2 * axes)
    guard pads.count == 2 * axes else {
      throw OperatorError.invalidAttribute("pads", "\(pads.count) entries for \(axes) axes")
    }
    let window = SpatialWindow(
      kernel: block, strides: strides ?? ones, dilations: dilations ?? ones,
      padsBegin: Array(pads[..<axes]), padsEnd: Array(pads[axes...]))
    try window.validate(spatialAxes: axes)
    return window
  }

  private static func position(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var position = shape
    for axis in shape.indices.reversed() {
      position[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return position
  }
}
