namespace Rhm.Claims
