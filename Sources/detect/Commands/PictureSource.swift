internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange
internal import Pyramids

/// A picture to look at: its pixels, or a file whose rows are read as they are needed.
enum PictureSource: Sendable {
  case whole(DecodedImage<UInt8>)
  case rows(JPEGBands)

  /// Opens an input.
  ///
  /// - Parameters:
  ///   - asRows: Row by row, where the file allows it.
  ///   - admit: Called with the memory that a whole picture takes, before it takes it.
  /// - Throws: `Failure`, as it goes into a record.
  init(
    _ input: InputList.Input, decoder: ImageDecoder, asRows: Bool,
    admit: (Demand) -> Void = { _ in }
  ) throws(Failure) {
    var obstacle: JPEGBands.Obstacle?
    if asRows {
      do {
        switch try JPEGBands.open(pathBytes: input.path.bytes, decoder: decoder) {
        case .success(let bands):
          self = .rows(bands)
          return
        case .failure(let found): obstacle = found.obstacle
        }
      } catch let error as ImagingError {
        throw Failure(
          error, isListed: input.isListed, memoryLimit: decoder.memoryLimit)
      } catch {
        throw Failure(.internal, "\(error)")
      }
    }
    do {
      self = .whole(try decode(input.path, with: decoder, isListed: input.isListed, admit: admit))
    } catch {
      guard let obstacle, error.kind == .limit else { throw error }
      throw Failure(.limit, "\(error.detail); it cannot be read in bands: \(obstacle)")
    }
  }

  /// The picture's own size, upright.
  var sourceSize: Size {
    switch self {
    case .whole(let decoded): decoded.sourceSize
    case .rows(let bands): bands.size
    }
  }

  var description: Record.Picture {
    switch self {
    case .whole(let decoded):
      Record.Picture(
        sourceSize: decoded.sourceSize, orientation: decoded.orientation,
        isTruncated: decoded.isTruncated)
    case .rows(let bands):
      Record.Picture(sourceSize: bands.size, orientation: 1, isTruncated: bands.isTruncated)
    }
  }

  /// Finds the objects, in source pixels.
  ///
  /// - Throws: As the detector; `ImagingError` for rows.
  func detections(by detector: any Detector) throws -> DetectionResult {
    switch self {
    case .rows(let bands):
      guard let pyramid = detector as? PyramidDetector else {
        preconditionFailure("rows are opened for detectors that take them")
      }
      return try pyramid.detect(bands)
    case .whole(let decoded):
      var result = try detector.detect(decoded.image)
      guard decoded.reduction > 1 else { return result }
      let scale = Double(decoded.reduction)
      let map = CoordinateMap(scaleX: scale, scaleY: scale, offsetX: 0, offsetY: 0)
      for index in result.detections.indices {
        result.detections[index] = result.detections[index].mapped(through: map)
        // The last pixels of a reduced picture may stand for less than a whole one.
        if let limit = decoded.clipSize(of: result.detections[index].box) {
          result.detections[index].clip(to: limit)
        }
      }
      return result
    }
  }
}

extension DecodedImage<UInt8> {
  /// The source's size for a box that the reduced picture's rounded-up sides let past it by less
  /// than a pixel of that; `nil` for boxes that are inside, or were never cut.
  fileprivate func clipSize(of box: Box) -> Size? {
    let slack = Double(reduction)
    let beyondX = box.maxX - Double(sourceSize.width)
    let beyondY = box.maxY - Double(sourceSize.height)
    return max(beyondX, beyondY) > 0 && max(beyondX, beyondY) < slack ? sourceSize : nil
  }
}
