/// x
package struct Resize: Operator, Hashable {
  package enum Mode: Hashable, Sendable { case nearest, linear, cubic }
  package enum Coordinates: Hashable, Sendable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric, tfCropAndResize
  }
  package enum Nearest: Hashable, Sendable { case roundPreferFloor, roundPreferCeil, floor, ceil }
  package enum Aspect: Hashable, Sendable { case stretch, notLarger, notSmaller }

  package var mode: Mode
  package var coordinates: Coordinates
  package var nearest: Nearest
  package var cubicCoefficient: Float
  package var excludeOutside: Bool
  package var extrapolation: Float
  package var antialias: Bool
  package var axes: [Int]?
  package var aspect: Aspect

  package init(
    mode: Mode, coordinates: Coordinates, nearest: Nearest, cubicCoefficient: Float = -0.75,
    excludeOutside: Bool = false, extrapolation: Float = 0, antialias: Bool = false,
    axes: [Int]? = nil, aspect: Aspect = .stretch
  ) {
    self.mode = mode
    self.coordinates = coordinates
    self.nearest = nearest
    self.cubicCoefficient = cubicCoefficient
    self.excludeOutside = excludeOutside
    self.extrapolation = extrapolation
    self.antialias = antialias
    self.axes = axes
    self.aspect = aspect
  }

  package var name: String { "Resize" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
