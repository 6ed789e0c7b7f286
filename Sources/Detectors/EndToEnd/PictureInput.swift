internal import Geometry
internal import Imaging
internal import Neural

/// How a picture and what else a network wants to know about it become its inputs.
struct PictureInput {
  /// What one of the network's inputs takes.
  enum Role: Hashable {
    case picture
    /// Int64 or Float32 `[1, 2]`: width and height of the input, so that boxes come in its pixels.
    case widthAndHeight
    /// Float32 or Int64 `[1, 2]`: height and width of the input.
    case heightAndWidth
    /// All ones: a mask without gaps, a scale of 1.
    case ones
  }

  var roles: [Role]
  var shapes: [[Int]]
  var elementTypes: [ElementType]
  var isChannelsLast: Bool
  var inputSize: Size

  /// - Throws: `DetectorError.unsupportedInput` for an input of no known role,
  ///   `.inputSizeMismatch`, `.invalidInputSize`.
  init(_ graph: Graph, requested: Size?, defaultSize: Size) throws {
    roles = try graph.inputs.map { input in
      let rank = input.dimensions?.count
      switch input.name {
      case "orig_target_sizes": return .widthAndHeight
      case "im_shape", "image_shape": return .heightAndWidth
      case "scale_factor", "pixel_mask": return .ones
      default:
        guard rank == nil || rank == 3 || rank == 4 else {
          throw DetectorError.unsupportedInput(
            "input \(input.name) has \(rank ?? 0) axes and is no known companion of a picture")
        }
        return .picture
      }
    }
    guard roles.count(where: { $0 == .picture }) == 1, let index = roles.firstIndex(of: .picture)
    else {
      let names = graph.inputs.prefix(8).map(\.name).joined(separator: ", ")
      throw DetectorError.unsupportedInput("inputs \(names): not one of them alone is a picture")
    }
    elementTypes = graph.inputs.map(\.elementType)
    guard [.float32, .uint8].contains(elementTypes[index]) else {
      throw DetectorError.unsupportedInput(
        "input \(graph.inputs[index].name) is \(elementTypes[index].rawValue), not float32 or uint8"
      )
    }
    var picture = PictureShape(graph.inputs[index])
    inputSize = try picture.resolve(requested: requested, defaultSize: defaultSize)
    isChannelsLast = picture.isChannelsLast
    let size = inputSize
    shapes = zip(graph.inputs, roles).map { input, role in
      switch role {
      case .picture: return picture.shape(size)
      case .widthAndHeight, .heightAndWidth: return [1, 2]
      case .ones:
        return input.name == "pixel_mask" ? [1, size.height, size.width] : [1, 2]
      }
    }
    // A mask of another size stays as declared.
    for (index, input) in graph.inputs.enumerated() where roles[index] == .ones {
      let fixed = input.dimensions?.compactMap { axis -> Int? in
        if case .fixed(let size) = axis { size } else { nil }
      }
      if let fixed, fixed.count == input.dimensions?.count { shapes[index] = fixed }
    }
  }

  /// The network's inputs for a picture laid out as `[3, H, W]`.
  func tensors(_ planes: [Float]) throws -> [Tensor] {
    try roles.indices.map { index in
      switch roles[index] {
      case .picture: return try picture(planes, index)
      case .widthAndHeight: return try numbers([inputSize.width, inputSize.height], index)
      case .heightAndWidth: return try numbers([inputSize.height, inputSize.width], index)
      case .ones:
        return try numbers([Int](repeating: 1, count: shapes[index].reduce(1, *)), index)
      }
    }
  }

  private func numbers(_ values: [Int], _ index: Int) throws -> Tensor {
    switch elementTypes[index] {
    case .float32: return try Tensor(values.map(Float.init), shape: shapes[index])
    case .int64: return try Tensor(values, shape: shapes[index])
    case .int32:
      return try Tensor(.int32, shape: shapes[index], as: Int32.self) { elements in
        for (position, value) in values.enumerated() { elements[position] = Int32(value) }
      }
    default:
      throw DetectorError.unsupportedInput(
        "an input beside the picture is \(elementTypes[index].rawValue)")
    }
  }

  private func picture(_ planes: [Float], _ index: Int) throws -> Tensor {
    let plane = inputSize.width * inputSize.height
    func position(_ element: Int) -> Int {
      isChannelsLast ? element % 3 * plane + element / 3 : element
    }
    if elementTypes[index] == .uint8 {
      return try Tensor(.uint8, shape: shapes[index], as: UInt8.self) { elements in
        for element in 0..<3 * plane {
          elements[element] = UInt8(min(max(planes[position(element)].rounded(), 0), 255))
        }
      }
    }
    if !isChannelsLast { return try Tensor(planes, shape: shapes[index]) }
    return try Tensor(.float32, shape: shapes[index], as: Float.self) { elements in
      for element in 0..<3 * plane { elements[element] = planes[position(element)] }
    }
  }
}

/// The axes of a picture input: `[1, 3, H, W]`, `[3, H, W]`, `[1, H, W, 3]` or `[H, W, 3]`.
private struct PictureShape {
  let name: String
  let rank: Int
  var isChannelsLast = false
  private var declared: Graph.Dimension
  private var declaredWidth: Graph.Dimension

  init(_ input: Graph.Input) {
    let dimensions = input.dimensions ?? Array(repeating: .symbolic(""), count: 4)
    name = input.name
    rank = dimensions.count
    isChannelsLast = dimensions[rank - 1] == .fixed(3) && dimensions[rank - 3] != .fixed(3)
    declared = dimensions[isChannelsLast ? rank - 3 : rank - 2]
    declaredWidth = dimensions[isChannelsLast ? rank - 2 : rank - 1]
  }

  mutating func resolve(requested: Size?, defaultSize: Size) throws -> Size {
    var size = requested ?? defaultSize
    if case .fixed(let height) = declared { size.height = height }
    if case .fixed(let width) = declaredWidth { size.width = width }
    if let requested, requested != size {
      throw DetectorError.inputSizeMismatch(requested: requested, fixed: size)
    }
    let limit = DetectorOptions.inputSideLimit
    guard (1...limit).contains(size.width), (1...limit).contains(size.height) else {
      throw DetectorError.invalidInputSize(size, limit: limit)
    }
    return size
  }

  func shape(_ size: Size) -> [Int] {
    let axes = isChannelsLast ? [size.height, size.width, 3] : [3, size.height, size.width]
    return rank == 4 ? [1] + axes : axes
  }
}
